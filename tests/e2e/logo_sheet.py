"""`python -m tests.e2e.logo_sheet`: draw each kind of logo on page and mail, light and dark, to look at."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Final, Literal

import msgspec
from branding.domain.portal import decide, published_files
from branding.domain.published_file import PublishedFile
from branding.errors import UnusableLogo
from branding.http.body import read_branding
from branding.logo import prepare
from chassis.clock import system_clock
from notifier.messages.brand import brand_of
from notifier.messages.sign_in_code import code_email
from playwright.sync_api import Route
from portal_read import pages
from portal_testing.chromium import chromium
from servicehub_events import Business, as_event

from tests.e2e.support.logo_kinds import LOGO_KINDS

FOLDER: Final = Path(__file__).parents[2] / ".local"
ORIGIN: Final = "https://sheet.example"
BODY: Final = {
    "slug": "corner-cleaning",
    "name": "Corner Cleaning",
    "colours": {"primary": "#1E7B57"},
    "locales": ["en"],
    "default_locale": "en",
    "time_zone": "America/New_York",
    "currency": "USD",
    "country": "US",
    "support": {"phone": "+12125550100"},
}
STYLE: Final = """
body { font: 14px system-ui; margin: 16px }
body { background: light-dark(#e4e6e8, #08090a); color: light-dark(#101315, #eee) }
:root { color-scheme: light dark } td, th { padding: 4px 8px; text-align: start; vertical-align: middle }
iframe { border: 0; height: 210px } .page { width: 390px } .mail { width: 420px }
.maskable { border-radius: 50% } .words { width: 220px }
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A business with one kind of logo, and what its sender is told."""

    state: Business
    files: Mapping[str, PublishedFile]
    said: str


def sample(kind: str, upload: bytes | None) -> Sample:
    """The business after it sent this logo. One that is refused is shown as it was before."""
    revision = read_branding(msgspec.json.encode(BODY), "b1", "")
    said = ""
    (state,) = decide(revision, None)
    files = [*published_files(revision)]
    if upload:
        try:
            logo = prepare("b1", upload)
        except UnusableLogo as refusal:
            return Sample(state, _by_url(state, files), f"Refused: {refusal.detail}")
        (state,) = decide(logo.command, as_event(Business, state))
        files += published_files(logo.command)
        said = " ".join(warning.message for warning in logo.warnings)
    return Sample(state, _by_url(state, files), said)


def _by_url(state: Business, files: list[PublishedFile]) -> Mapping[str, PublishedFile]:
    return {file.url(state.slug): file for file in files}


def row(number: int, kind: str, sample: Sample) -> str:
    """A kind of logo: page, mail, icons, the picture of a shared link, and what is said of it."""
    icons = " ".join(
        f'<img src="{icon.url}" width="{min(icon.size, 72)}" class="{icon.purpose}">'
        for icon in sample.state.icons
    )
    share = sample.state.og_image_url
    shared = f'<img src="{share}" width="200">' if share else ""
    return (
        f'<tr><th>{escape(kind)}<td><iframe class="page" src="/page/{number}"></iframe>'
        f'<td><iframe class="mail" src="/mail/{number}"></iframe><td>{icons}<td>{shared}'
        f'<td class="words">{escape(sample.said)}'
    )


def served(samples: Mapping[str, Sample]) -> dict[str, tuple[str, bytes]]:
    """Everything that the browser asks for, by path: content type and content."""
    rows = "".join(row(number, kind, made) for number, (kind, made) in enumerate(samples.items()))
    html = "text/html; charset=utf-8"
    sheet = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><table>{rows}</table>"
    answers = {"/": (html, sheet.encode())}
    for asset in pages.assets().values():
        answers[asset.url] = (asset.content_type, asset.body)
    for number, made in enumerate(samples.values()):
        here = pages.PageContext(made.state, "en", system_clock(), f"/portal/{made.state.slug}/sign-in")
        mail = code_email("en", brand_of(made.state, ORIGIN), "482913", timedelta(minutes=10), "10:42")
        answers[f"/page/{number}"] = (html, pages.sign_in(here).encode())
        answers[f"/mail/{number}"] = (html, mail.html.encode())
        answers |= {url: (file.content_type, file.body) for url, file in made.files.items()}
    return answers


def main() -> None:
    """Write `.local/logos-light.png` and `.local/logos-dark.png`."""
    answers = served({kind: sample(kind, upload) for kind, upload in LOGO_KINDS.items()})

    def answer(route: Route) -> None:
        content_type, content = answers.get(route.request.url.removeprefix(ORIGIN), ("text/plain", b""))
        route.fulfill(content_type=content_type, body=content)

    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for scheme in schemes:
            page = browser.new_page(color_scheme=scheme, viewport={"width": 1700, "height": 900})
            page.route("**/*", answer)
            page.goto(ORIGIN, wait_until="networkidle")
            file = FOLDER / f"logos-{scheme}.png"
            page.screenshot(path=file, full_page=True)
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
