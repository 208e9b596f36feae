"""From which number or name a text comes: by the calling code of the number that it goes to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import phonenumbers


@dataclass(frozen=True, slots=True)
class TextSenders:
    """`default` sends wherever no other sender is named for the calling code."""

    default: str
    by_calling_code: Mapping[int, str] = field(default_factory=dict[int, str])

    def sender_for(self, number: str) -> str:
        """Who writes to a number in E.164."""
        try:
            code = phonenumbers.parse(number).country_code or 0
        except phonenumbers.NumberParseException:  # its provider will say so
            code = 0
        return self.by_calling_code.get(code, self.default)

    def takes_replies(self, number: str) -> bool:
        """Whether somebody at this number can answer: nobody can answer to a name."""
        return self.sender_for(number).startswith("+")
