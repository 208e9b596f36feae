"""One minijinja environment a language: html is escaped, text is not, an unknown name is an error."""

from functools import cache
from pathlib import Path
from typing import Final

import minijinja
from chassis.words.catalogue import words

TEMPLATES: Final = Path(__file__).parent
LOCALE_DIRECTORY: Final = TEMPLATES.parent / "locale"


def _escaping(name: str) -> str | bool:
    return "html" if name.endswith(".html") else False


@cache
def _environment(locale: str) -> minijinja.Environment:
    language = words(LOCALE_DIRECTORY, "notifier", locale)
    return minijinja.Environment(
        loader=minijinja.load_from_path(TEMPLATES),
        globals={"_": language.gettext, "ngettext": language.ngettext, "locale": locale},
        debug=False,  # an error that quotes values could quote a code
        undefined_behavior="strict",
        auto_escape_callback=_escaping,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(locale: str, kind: str, part: str, **values: object) -> str:
    """One part of a message, such as `body.html` of `sign_in_code`; `locale` is one of ours."""
    return _environment(locale).render_template(f"{kind}/{part}", **values)
