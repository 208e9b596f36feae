"""How many digits a code has. Nobody is ever locked out: whoever is attacked types a longer code. Pure.

Wrong codes are counted by the day, for each length, in three scopes: an address, the addresses of a business
that are known, and those of all businesses. A code has the fewest digits for which every scope has room, and
one whose scope has none left is not compared any more. Codes of 16 digits have no budget: what bounds guesses
at those is how much one source may enter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final, NamedTuple

from auth_otp.settings import Settings

LENGTHS: Final = (6, 8, 16)
"""Digits, the shortest first."""
_TIMES_LONGER: Final = 100
"""So many more wrong codes are borne where a code has two digits more."""

WrongCodes = Mapping[int, int]
"""Wrong codes of today by the digits of the code."""


class Budget(NamedTuple):
    """Wrong codes that a scope bears a day: of 6 and of 8 digits."""

    short: int
    long: int

    def limit(self, digits: int) -> int | None:
        """How many wrong codes of this length; None without an end."""
        return {6: self.short, 8: self.long}.get(digits)

    def has_room(self, digits: int, wrong: WrongCodes) -> bool:
        """Whether another code of this length may be compared."""
        limit = self.limit(digits)
        return limit is None or wrong.get(digits, 0) < limit


@dataclass(frozen=True, slots=True)
class Scope:
    """What a scope bears, and what it has borne today."""

    budget: Budget
    wrong: WrongCodes


def address_budget(settings: Settings, *, known_browser: bool) -> Budget:
    """Of one address; a browser that proved it before has a budget of its own."""
    short = settings.known_browser_wrong_codes_per_day if known_browser else settings.wrong_codes_per_day
    return Budget(short, settings.wrong_longer_codes_per_day)


def spray_budget(settings: Settings, customers: int) -> Budget:
    """Of all known addresses of a business, or of the platform, together: one guess at each is a spray."""
    short = max(settings.spray_wrong_codes, ceil(settings.spray_share * customers))
    return Budget(short, short * _TIMES_LONGER)


def code_digits(scopes: Iterable[Scope]) -> int:
    """The fewest digits for which all scopes have room."""
    borne = list(scopes)
    return next(n for n in LENGTHS if all(scope.budget.has_room(n, scope.wrong) for scope in borne))
