"""What payers set out to do: alone, in two tabs, in sets that overlap, in parts, with a change of mind."""

from collections.abc import Sequence
from random import Random
from typing import Literal, NamedTuple

from .shops import LEAST

Way = Literal["card", "declined first", "konbini", "leave"]


class Errand(NamedTuple):
    """One tab: pay these bills. `way`: how on the page; who leaves it pays nothing."""

    bills: tuple[str, ...]
    pay: Literal["balance", "deposit", "amount"] = "balance"
    amount: int | None = None
    way: Way = "card"
    returns: bool = True

    def alone(self, bill: str) -> "Errand":
        """The same for one bill of them."""
        return self._replace(bills=(bill,))


Plot = Sequence[Sequence[Errand]]
"""One round after the other; the errands of a round at once."""


def plot(number: int, bills: Sequence[str], chance: Random, *, konbini: bool) -> Plot:
    """The plot of one payer, with three bills; all kinds in turn, the rest by chance."""
    a, b, c = bills
    kinds: tuple[Plot, ...] = (
        [[Errand((a,)), Errand((a,))], [Errand((b,))], [Errand((c,))]],
        [[Errand((a, b)), Errand((b, c))]],
        [[Errand((a,), "amount", LEAST + 500)], [Errand((a,))], [Errand((b,), "deposit")], [Errand((b,))]],
        [[Errand((a, b, c)), Errand((c,))]],
        [[Errand((a,), way="leave")], [Errand((a, b))], [Errand((c,))]],
        [[Errand((a,), way="leave"), Errand((b,))]],  # and nobody comes for the third one
    )
    return [[_by_chance(e, chance, konbini=konbini) for e in each] for each in kinds[number % len(kinds)]]


def _by_chance(errand: Errand, chance: Random, *, konbini: bool) -> Errand:
    ways: tuple[Way, ...] = ("card", "card", "declined first", "konbini" if konbini else "card")
    way = chance.choice(ways) if errand.way == "card" else errand.way
    return errand._replace(way=way, returns=chance.random() < 0.6)
