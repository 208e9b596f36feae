"""What a person typed at the pay page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stand_in_stripe.checkout.payer import Payer
from stand_in_stripe.web.words import Words

EXPIRY = re.compile(r"(0?[1-9]|1[0-2])\s*[/.-]?\s*(?:20)?(\d\d)")
CENTURY = 2000
SHORTEST_NUMBER, LONGEST_NUMBER = 12, 19


@dataclass(frozen=True)
class Typed:
    """The fields as they were typed, to be shown again."""

    email: str = Payer.email
    name: str = Payer.name
    phone: str = ""
    card: str = "4242 4242 4242 4242"
    expiry: str = "12 / 34"
    cvc: str = "123"

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> "Typed":
        """A field that was not sent is empty."""
        return cls(**{name: fields.get(name, "").strip() for name in cls.__dataclass_fields__})

    def problem(self, words: Words, now: float, *, by_card: bool) -> str | None:
        """What to correct, or None."""
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", self.email):
            return words.bad_email
        if not self.name:
            return words.bad_name
        return self._card_problem(words, now) if by_card else None

    def payer(self) -> Payer:
        """Who pays; call it only when there is no problem."""
        return Payer(
            self.email, self.name, self.phone or None, self.card, _expiry(self.expiry) or (1, CENTURY)
        )

    def _card_problem(self, words: Words, now: float) -> str | None:
        expiry, today = _expiry(self.expiry), datetime.fromtimestamp(now, UTC)
        if not _is_card_number(self.card):
            return words.bad_number
        if expiry is None:
            return words.bad_expiry
        if (expiry[1], expiry[0]) < (today.year, today.month):
            return words.past_expiry
        return None if re.fullmatch(r"\d{3,4}", self.cvc) else words.bad_cvc


def _expiry(text: str) -> tuple[int, int] | None:
    found = EXPIRY.fullmatch(text.strip())
    return (int(found[1]), CENTURY + int(found[2])) if found else None


def _is_card_number(text: str) -> bool:
    """Luhn's check digit (ISO/IEC 7812-1)."""
    digits = re.sub(r"[ -]", "", text)
    if not (digits.isascii() and digits.isdigit() and SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
