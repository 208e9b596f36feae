"""From which number or name a text comes: by the calling code of the number that it goes to. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import phonenumbers

# https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
_NAME: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_CALLING_CODE: Final = re.compile(r"\+?([1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class TextSenders:
    """`default` sends wherever no other sender is named for the calling code."""

    default: str
    by_calling_code: Mapping[int, str] = field(default_factory=dict[int, str])

    @classmethod
    def parse(cls, default: str, text: str) -> Self:
        """Of `+44=+447700900123, +49=Portal`. Raises ValueError."""
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        return cls(default, dict(map(_entry, entries)))

    def sender_for(self, number: str) -> str:
        """Who writes to a number in E.164."""
        try:
            code = phonenumbers.parse(number).country_code or 0
        except phonenumbers.NumberParseException:  # its provider will say so
            code = 0
        return self.by_calling_code.get(code, self.default)

    def takes_replies(self, number: str) -> bool:
        """Whether somebody at this number can answer: nobody can answer to a name."""
        return bool(_NUMBER.fullmatch(self.sender_for(number)))


def is_text_sender(text: str) -> bool:
    """Whether Twilio may send from it: a number in E.164, or a name of 1 to 11 letters, digits and spaces."""
    return bool(_NUMBER.fullmatch(text) or _NAME.fullmatch(text))


def _entry(text: str) -> tuple[int, str]:
    code, _, sender = (part.strip() for part in text.partition("="))
    found = _CALLING_CODE.fullmatch(code)
    if found is None or not is_text_sender(sender):
        raise ValueError(text)
    return int(found[1]), sender
