"""Conditional requests (RFC 9110, 13): a change that holds only for the state that its caller has read."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS: Final = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")


class MalformedTags(ValueError):
    """A header is neither `*` nor entity tags; the message says what one looks like."""


def tag_of(representation: bytes) -> str:
    """The strong entity tag of a representation: equal bytes, equal tag."""
    return f'"{hashlib.sha256(representation).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """`If-Match` and `If-None-Match` of a request: entity tags, or `*` alone; None for one that is absent."""

    matches: Sequence[str] | None = None
    matches_none: Sequence[str] | None = None

    @classmethod
    def parse(cls, if_match: Sequence[str], if_none_match: Sequence[str]) -> Self:
        """Read both headers, each as often as it was sent. Raises `MalformedTags`."""
        return cls(_tags("If-Match", if_match), _tags("If-None-Match", if_none_match))

    def allows_change(self, present: str | None) -> bool:
        """Whether a change may be made to what has this tag now; None when there is nothing yet.

        `If-Match` compares strongly, so a weak tag matches nothing (RFC 9110, 13.1.1).
        """
        if self.matches is not None:
            return present is not None and ("*" in self.matches or present in self.matches)
        return self.matches_none is None or not self._is_known(present)

    def is_unchanged(self, present: str) -> bool:
        """Whether the caller of a GET has this already, by the weak comparison of `If-None-Match`."""
        return self.matches_none is not None and self._is_known(present)

    def _is_known(self, present: str | None) -> bool:
        tags = [tag.removeprefix("W/") for tag in self.matches_none or ()]
        return present is not None and ("*" in tags or present in tags)


def _tags(name: str, lines: Sequence[str]) -> Sequence[str] | None:
    if not lines:
        return None
    header = ", ".join(lines)
    if header.strip() == "*":
        return ("*",)
    if not _TAGS.fullmatch(header):
        raise MalformedTags(f'{name}: must be * or entity tags such as "0a1b2c", with their double quotes')
    return re.findall(_TAG, header)
