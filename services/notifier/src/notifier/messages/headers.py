"""Headers whose text every mail program reads as it was written (RFC 2047).

The standard library writes encoded words of 76 characters, and loses spaces between two of them. Here each
has at most 75, a line at most 76, no character is cut in two, and spaces lie inside the words.
"""

from base64 import b64encode
from collections.abc import Iterator
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueAddressHeader, UnstructuredHeader
from email.policy import Policy
from typing import Final

_LINE: Final = 76
_WORD: Final = 75
_BEGIN, _END = "=?utf-8?b?", "?="


class _Unparsed(UnstructuredHeader, BaseHeader):
    """A header that is the text it was given, whatever that looks like."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, object]) -> None:
        kwds["parse_tree"] = None
        kwds["decoded"] = value


class InOnePiece(_Unparsed):
    """A header of the address of a page. A long one would be written in encoded words, as nobody reads it.

    Whoever writes the mail asks the header itself.
    """

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class InWords(_Unparsed):
    """A header of text that people read, such as a subject."""

    def fold(self, *, policy: Policy) -> str:
        text, used = str(self), len(self.name) + 2
        if not _is_plain(text, _LINE - used):
            text = f"{policy.linesep} ".join(encoded_words(text, used))
        return f"{self.name}: {text}{policy.linesep}"


class FromWords(UniqueAddressHeader, BaseHeader):  # pyright: ignore[reportIncompatibleVariableOverride, reportIncompatibleMethodOverride]
    """The header of who writes: a name that people read, and an address."""

    def fold(self, *, policy: Policy) -> str:
        (address,) = self.addresses
        used = len(self.name) + 2
        if not address.display_name or _is_plain(str(address), _LINE - used):
            return f"{self.name}: {address}{policy.linesep}"
        words = encoded_words(address.display_name, used)
        return f"{self.name}: {f'{policy.linesep} '.join((*words, f'<{address.addr_spec}>'))}{policy.linesep}"


def encoded_words(text: str, used: int) -> Iterator[str]:
    """The text as encoded words, one a line; the first line has `used` characters before it."""
    room, chunk = min(_WORD, _LINE - used), ""
    for character in text:
        if chunk and len(_encoded(chunk + character)) > room:
            yield _encoded(chunk)
            room, chunk = _WORD, ""
        chunk += character
    yield _encoded(chunk)


def header_registry() -> HeaderRegistry:
    """The headers of our mails, by name."""
    registry = HeaderRegistry()
    registry.map_to_type("subject", InWords)
    registry.map_to_type("from", FromWords)
    registry.map_to_type("list-unsubscribe", InOnePiece)
    return registry


def _encoded(text: str) -> str:
    return f"{_BEGIN}{b64encode(text.encode()).decode()}{_END}"


def _is_plain(text: str, room: int) -> bool:
    """Whether it is read the same as it stands."""
    written = text.isascii() and text.isprintable() and text == text.strip() and "=?" not in text
    return written and 0 < len(text) <= room
