"""`make message-sheets`: a picture of each message, both languages, light and dark: docs/images/messages."""

import io
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from message_page import listed, message_page
from PIL import Image
from portal_testing.chromium import chromium

FOLDER: Final = Path(__file__).parents[3] / "docs" / "images" / "messages"
_SEEN: Final = {"width": 1520, "height": 900}
_WIDTH: Final = 840


def main(wanted: list[str]) -> None:
    """Write a picture of each message whose name one of the patterns fits; of all without any."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    names = [name for name in listed() if not wanted or any(fnmatch(name, each) for each in wanted)]
    with chromium() as browser:
        page = browser.new_page(viewport={"width": _SEEN["width"], "height": _SEEN["height"]})
        for name in names:
            page.set_content(message_page(name))
            shot = Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled")))
            size = (_WIDTH, round(shot.height * _WIDTH / shot.width))
            picture = shot.convert("RGB").resize(size)  # pyright: ignore[reportUnknownMemberType] # Pillow's
            picture.save(FOLDER / f"{name.replace(':', '-')}.webp", "webp", quality=25, method=6)
    sys.stdout.write(f"{len(names)} pictures in {FOLDER}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
