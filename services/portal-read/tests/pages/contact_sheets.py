"""`make sheets`: a sheet a page, in .local/sheets: both languages, phone and desktop, light and dark."""

import io
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Browser, Page
from portal_testing.chromium import chromium
from shown_states import SEASONS, shown_states
from style_page import style_server
from test_in_a_browser import SHOW

FOLDER: Final = Path(__file__).parents[4] / ".local" / "sheets"
SIZES: Final = {"phone": (390, 844), "desktop": (1280, 800)}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_WIDTHS: Final = {"phone": 390, "desktop": 640}
_TALLEST: Final = 1700
_GAP: Final = 12


@contextmanager
def _serving() -> Generator[str]:
    with style_server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def main(wanted: list[str]) -> None:
    """Write a sheet for each page whose name one of the patterns fits; for all without any."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    states = {locale: shown_states(locale) for locale in SEASONS}
    names = [n for n in states["en"] if not wanted or any(fnmatch(n, pattern) for pattern in wanted)]
    with _serving() as origin, chromium() as browser:
        pages = {
            (size, locale): _opened(browser, origin, locale, size, names[0])
            for size in SIZES
            for locale in states
        }
        for name in names:
            taken = [
                (size, picture)
                for (size, locale), page in pages.items()
                if name in states[locale]
                for picture in _taken(page, states[locale][name], size)
            ]
            _sheet(taken).save(FOLDER / f"{name}.webp", "webp", quality=80)
    sys.stdout.write(f"{len(names)} sheets in {FOLDER}\n")


def _opened(browser: Browser, origin: str, locale: str, size: str, name: str) -> Page:
    """One page, whose stylesheets all states share: only its body is exchanged."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{origin}/{locale}/{name}")
    return page


def _taken(page: Page, html: str, size: str) -> Iterator[Image.Image]:
    page.evaluate(SHOW, html)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        shot = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
        shot = shot.convert("RGB").crop((0, 0, shot.width, min(shot.height, _TALLEST * shot.width // 390)))
        width = _WIDTHS[size]
        yield shot.resize((width, round(shot.height * width / shot.width)))  # pyright: ignore[reportUnknownMemberType] # Pillow's


def _sheet(taken: list[tuple[str, Image.Image]]) -> Image.Image:
    """Phones in a row, desktops below."""
    rows = [[picture for size, picture in taken if size == row] for row in SIZES]
    rows = [row for row in rows if row]
    width = max(sum(picture.width + _GAP for picture in row) for row in rows) + _GAP
    height = sum(max(picture.height for picture in row) + _GAP for row in rows) + _GAP
    sheet, top = Image.new("RGB", (width, height), "#8a8f94"), _GAP
    for row in rows:
        left = _GAP
        for picture in row:
            sheet.paste(picture, (left, top))
            left += picture.width + _GAP
        top += max(picture.height for picture in row) + _GAP
    return sheet


if __name__ == "__main__":
    main(sys.argv[1:])
