"""The languages of the portal, and which of them somebody is addressed in.

Every service imports this, so it imports nothing that costs memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

LANGUAGE_NAMES: Final[Mapping[str, str]] = {"en": "English", "ja": "日本語"}
"""Each language by its own name."""
LOCALES: Final = tuple(LANGUAGE_NAMES)
"""The languages that pages, messages and PDFs are complete in."""
SOURCE_LOCALE: Final = "en"
"""What the sources are written in, and what is spoken where nothing else fits."""

_LONGEST_HEADER = 32  # language ranges; browsers send fewer than ten
AUTOPAY_TERMS: Final = "autopay-1"
"""The version of the words that autopay is agreed to with, in every language: portal-read shows them in
`autopay_parts.html`, billing records which were read. Raised with every change of their meaning."""


def offered_locale(wishes: Iterable[str | None], offered: Sequence[str]) -> str | None:
    """The first wish that can be met decides: by the same tag, else by the first offered one of its language.

    Tags are BCP 47's, in any case; None and "" stand for no wish. Gives None when no wish can be met.
    """
    by_tag = {tag.lower(): tag for tag in offered}
    by_language = {_language(tag): tag for tag in reversed(offered)}
    for wish in filter(None, wishes):
        tag = by_tag.get(wish.lower()) or by_language.get(_language(wish))
        if tag:
            return tag
    return None


def spoken_locales(tags: Iterable[str]) -> list[str]:
    """Those of `LOCALES` that the tags name by their language, in the order of the tags."""
    return [language for language in map(_language, tags) if language in LOCALES]


def accepted_languages(header: str) -> list[str]:
    """The tags of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first; q=0 is not wanted."""
    weighted: list[tuple[float, str]] = []
    for language_range in header.split(",", _LONGEST_HEADER)[:_LONGEST_HEADER]:
        tag, _, quality = language_range.replace(" ", "").partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if tag and weight > 0:
            weighted.append((-weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def _language(tag: str) -> str:
    """The primary language subtag (RFC 5646, 2.2.1)."""
    return tag.partition("-")[0].lower()
