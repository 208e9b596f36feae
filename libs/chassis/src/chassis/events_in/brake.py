"""The brake: a build that can apply hardly anything waits, and does not set everything aside.

Only what another build could apply counts. What no build can read is its sender's to mend, and holds up
nobody. Each business counts up to a part of the limit: what befalls a few of them is no fault of the build.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chassis.events_in.records import DeadLetter

MENDED_BY_A_BUILD: Final = frozenset({"not_applicable", "unreadable", "unknown_type", "unknown_version"})
"""Codes of letters that count."""

BUSINESSES: Final = 4
"""So many businesses alone never reach the limit."""


class TooManyDeadLetters(Exception):
    """More dead letters than the limit allows now; a smaller batch may fit."""


class BuildBrake:
    """Counts the letters of one consumer over the last minute."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._of_one_business = max(1, per_minute // BUSINESSES)
        self._monotonic = monotonic
        self._letters: deque[tuple[float, str]] = deque()

    @property
    def room(self) -> int:
        """How many letters fit now, if each is of another business."""
        return self._per_minute - self._count(())

    def check(self, letters: Iterable[DeadLetter]) -> None:
        """Raise `TooManyDeadLetters` when these letters would pass the limit."""
        if (count := self._count(letters)) > self._per_minute:
            raise TooManyDeadLetters(
                f"{count} records of many businesses cannot be applied within a minute, the limit is"
                f" {self._per_minute}: this build is at fault, or older than what is published"
            )

    def take(self, letters: Sequence[DeadLetter]) -> None:
        """Count these letters. Raises `TooManyDeadLetters`, and then counts none."""
        self.check(letters)
        now = self._monotonic()
        self._letters.extend((now, letter.business_id) for letter in counting(letters))

    def _count(self, letters: Iterable[DeadLetter]) -> int:
        now = self._monotonic()
        while self._letters and self._letters[0][0] <= now - 60:
            self._letters.popleft()
        businesses = Counter(business_id for _, business_id in self._letters)
        businesses.update(letter.business_id for letter in counting(letters))
        return sum(min(count, self._of_one_business) for count in businesses.values())


def counting(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """The letters that another build could apply."""
    return [letter for letter in letters if letter.code in MENDED_BY_A_BUILD]
