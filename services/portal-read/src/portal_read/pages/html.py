# ruff: noqa: E501 - a drawing is one line
"""HTML: one minijinja environment per language, icons, and links made of what others wrote.

Every value is escaped unless it is markup of our own.
"""

import html
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import minijinja

from portal_read.pages.language import words_of

TEMPLATES: Final = Path(__file__).parent.parent / "templates"

# 24-unit grid, stroke 1.75, round ends (the stylesheet sets the stroke). Always decoration.
_RING: Final = '<circle cx="12" cy="12" r="8.5"/>'
_SHAPES: Final = {
    "again": '<path d="M5 11V9.5a3 3 0 0 1 3-3h10M15.5 4 18 6.5 15.5 9M19 13v1.5a3 3 0 0 1-3 3H6M8.5 20 6 17.5 8.5 15"/>',
    "alert": '<path d="M10.6 4.6 2.9 18a1.6 1.6 0 0 0 1.4 2.4h15.4a1.6 1.6 0 0 0 1.4-2.4L13.4 4.6a1.6 1.6 0 0 0-2.8 0zM12 9.5v4.3M12 17v.1"/>',
    "arrow": '<path d="M5 12h14M13.5 6.5 19 12l-5.5 5.5"/>',
    "back": '<path d="m14.5 6-6 6 6 6"/>',
    "invoice": '<path d="M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9.5 8.5h5M9.5 12.5h5"/>',
    "chev": '<path d="m9.5 6 6 6-6 6"/>',
    "clock": f'{_RING}<path d="M12 7.5V12l3 2"/>',
    "day": '<rect x="4" y="5.5" width="16" height="14.5" rx="2.5"/><path d="M4 10h16M8.5 3v4M15.5 3v4"/>',
    "cloud": '<path d="M8 18.5h8.5a4 4 0 0 0 2.6-7M16.2 8.6A5.5 5.5 0 0 0 8 8.8M6.5 11a3.8 3.8 0 0 0-1 7.3M4 4l16 16"/>',
    "dot": _RING,
    "file": '<path d="M7 3.5h7l4 4v13H7zM14 3.5v4h4M9.5 12.5h5M9.5 16h5"/>',
    "flag": '<path d="M6 21V4M6 4.5h11.5l-2.2 4 2.2 4H6"/>',
    "go": '<path d="M3 16.5v-4l2.2-5.2A2 2 0 0 1 7 6h7.2a2 2 0 0 1 1.7.9l2.6 4.1 2.5 1v4.5h-2.2M9.3 16.5h5.4M3 16.5h1.7M5 11h13"/><circle cx="7" cy="16.5" r="2"/><circle cx="17" cy="16.5" r="2"/>',
    "half": f'{_RING}<path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/>',
    "home": '<path d="M4 11.5 12 4l8 7.5M6 10v10h12V10"/>',
    "key": '<circle cx="8" cy="14" r="4"/><path d="M11 11.2 19.5 4.5M16 7.3l2.5 2.7"/>',
    "laptop": '<rect x="5" y="5" width="14" height="10" rx="2"/><path d="M3 18.5h18"/>',
    "lens": '<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="10" rx="2.5"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "mail": '<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="m4.5 7.5 7.5 6 7.5-6"/>',
    "mobile": '<rect x="7" y="3.5" width="10" height="17" rx="2.5"/><path d="M11 17.5h2"/>',
    "ok": f'{_RING}<path d="M8.2 12.3l2.7 2.7 5-5.4"/>',
    "pause": f'{_RING}<path d="M9.8 9v6M14.2 9v6"/>',
    "phone": '<path d="M6.5 3.5h3l1.6 4.2-2 1.5a12 12 0 0 0 5.7 5.7l1.5-2 4.2 1.6v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4.5 5.7a2 2 0 0 1 2-2.2z"/>',
    "photo": '<rect x="3.5" y="5" width="17" height="14" rx="2.5"/><path d="m4.5 17 5-5 4 4 2.5-2.5 4 4"/><circle cx="15.5" cy="9.5" r="1.5"/>',
    "pin": '<path d="M12 21s-6.5-5.6-6.5-10.6a6.5 6.5 0 0 1 13 0C18.5 15.4 12 21 12 21z"/><circle cx="12" cy="10.4" r="2.3"/>',
    "plus": f'{_RING}<path d="M12 8v8M8 12h8"/>',
    "ring": '<circle cx="12" cy="12" r="8.5" opacity=".3"/><path d="M12 3.5a8.5 8.5 0 0 1 8.5 8.5"/>',
    "sync": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4.6v4.8h-4.8"/>',
    "undo": '<path d="M8.5 5 4.5 9l4 4M4.5 9H14a5.5 5.5 0 0 1 0 11H8.5"/>',
    "void": f'{_RING}<path d="m6 6 12 12"/>',
    "work": '<path d="m12 3.5 1.9 5.6 5.6 1.9-5.6 1.9L12 18.5l-1.9-5.6L4.5 11l5.6-1.9zM18.5 16.5v4M16.5 18.5h4"/>',
}  # fmt: skip


@cache
def environment(locale: str) -> minijinja.Environment:
    """Templates are read once. An undefined name is an error, not an empty string."""
    language = words_of(locale)
    return minijinja.Environment(
        loader=minijinja.load_from_path(TEMPLATES),
        globals={
            "_": language.gettext,
            "ngettext": language.ngettext,
            "rich": language.rich,
            "nrich": language.nrich,
            "icon": icon,
        },
        undefined_behavior="strict",
        auto_escape_callback=lambda _name: "html",
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(locale: str, template: str, /, **values: object) -> str:
    page = environment(locale).render_template(template, **values)
    # minijinja writes "/" as an entity; in text and quoted attributes it is harmless and stays legible.
    return page.replace("&#x2f;", "/")


def icon(name: str, extra_class: str = "") -> str:
    """The drawing in place, because a sprite would be lost when a live update swaps the page's main part.

    Raises KeyError for an unknown name.
    """
    classes = f"i {extra_class}".strip()
    return minijinja.safe(
        f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true">{_SHAPES[name]}</svg>'
    )


def web_link(url: str | None) -> str | None:
    """The address when it is a plain web or same-origin one, else None: `javascript:` never gets a link."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # a host that cannot be one
        return None
    if parts.scheme in ("https", "http") and parts.netloc:
        return url
    same_origin = url.startswith("/") and not url.startswith(("//", "/\\"))
    return url if same_origin else None


def from_origin(url: str, origin: str | None) -> bool:
    """Whether the page may load a picture from there: from the one origin that the installation names."""
    return origin is not None and url.startswith(f"{origin}/")


def web_name(url: str) -> str:
    """https://www.sparklehome.example/ → sparklehome.example."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def tel_link(number: str, shown: str) -> str:
    return minijinja.safe(f'<a class="nb" href="tel:{html.escape(number)}">{html.escape(shown)}</a>')


def map_link(address: str) -> str:
    """A plain link to a map search; nothing is asked of anybody until it is pressed."""
    return f"https://www.google.com/maps/search/?api=1&query={quote(address)}"
