"""One minijinja environment per language; every value is escaped unless it is markup of our own."""

from functools import cache
from pathlib import Path
from typing import Final

import minijinja

from portal_read.pages.icons import icon
from portal_read.pages.language import words_of

TEMPLATES: Final = Path(__file__).parent.parent / "templates"


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
    html = environment(locale).render_template(template, **values)
    # minijinja writes "/" as an entity; in text and quoted attributes it is harmless and stays legible.
    return html.replace("&#x2f;", "/")
