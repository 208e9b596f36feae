"""Finds the messages in minijinja templates for Babel, and keeps the catalogues in step with the sources.

`python -m portal_read.pages.extraction` after changing words: writes the template and merges it into every
language, where what is new then waits to be translated.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from chassis.words.catalogue import catalogue_path
from chassis.words.languages import LOCALES, SOURCE_LOCALE

from portal_read.pages.language import LOCALE_DIRECTORY

PACKAGE: Final = Path(__file__).parent.parent
TEMPLATE: Final = LOCALE_DIRECTORY / "portal.pot"
_KEYWORDS: Final = {
    "_": None,
    "N_": None,
    "say": None,
    "gettext": None,
    "rich": None,
    "ngettext": (1, 2),
    "nrich": (1, 2),
    "count": (1, 2),
}
_HEADER: Final = "# Words of the portal's pages; written by `python -m portal_read.pages.extraction`."
_DATED: Final = datetime(2026, 11, 1, tzinfo=UTC)  # fixed: the same sources give the same file
_STRING: Final = r'"(?:[^"\\]|\\.)*"'
_SINGLE: Final = re.compile(rf"\b(_|rich)\(\s*({_STRING})")
_PLURAL: Final = re.compile(rf"\b(ngettext|nrich)\(\s*({_STRING})\s*,\s*({_STRING})")


def extract(
    fileobj: IO[bytes], keywords: Mapping[str, object], comment_tags: object, options: object
) -> Iterator[tuple[int, str, object, list[str]]]:
    """A Babel extraction method: calls with literal messages, `_("…")` or `ngettext("…", "…", n)`."""
    for line_number, line in enumerate(fileobj.read().decode().splitlines(), start=1):
        for match in _SINGLE.finditer(line):
            yield line_number, match[1], ast.literal_eval(match[2]), []
        for match in _PLURAL.finditer(line):
            yield line_number, match[1], (ast.literal_eval(match[2]), ast.literal_eval(match[3])), []


def extracted() -> Catalog:
    """Every message of templates and pages, in the order of files and lines."""
    catalogue = Catalog(
        project="portal-read", version="1", header_comment=_HEADER, creation_date=_DATED, fuzzy=False
    )
    methods = [("templates/**.html", "portal_read.pages.extraction:extract"), ("pages/**.py", "python")]
    messages = extract_from_dir(PACKAGE, method_map=methods, keywords=_KEYWORDS)
    for file_name, _line, message, comments, context in messages:
        # Without line numbers: a moved line is no change of words.
        catalogue.add(message, None, [(file_name, 0)], auto_comments=comments, context=context)
    return catalogue


def write_catalogues(folder: Path, locales: Iterable[str]) -> None:
    """Write the template, and bring each language's catalogue in step with it; a new one begins empty."""
    template = extracted()
    _write(folder / TEMPLATE.name, template)
    for locale in locales:
        if locale != SOURCE_LOCALE:
            path = catalogue_path(folder, "portal", locale)
            catalogue = _read(path, locale)
            catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
            _write(path, catalogue)


def _read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(
            locale,
            project="portal-read",
            version="1",
            header_comment=_HEADER,
            creation_date=_DATED,
            fuzzy=False,
        )
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def _write(path: Path, catalogue: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, catalogue, width=110, include_lineno=False, omit_header=False, ignore_obsolete=True)


if __name__ == "__main__":
    write_catalogues(LOCALE_DIRECTORY, LOCALES)
