"""What payers set out to do: alone, in two tabs, in sets that overlap, in parts, with a change of mind."""

from collections.abc import Sequence
from random import Random
from typing import Literal, NamedTuple

from tests.chaos.actors.merchants import SMALLEST_PART

Way = Literal["card", "declined first", "konbini", "leave"]


class Tab(NamedTuple):
    """One tab in which these invoices are to be paid. `way`: how on the page; who leaves it pays nothing."""

    invoices: tuple[str, ...]
    pay: Literal["balance", "deposit", "amount"] = "balance"
    amount: int | None = None
    way: Way = "card"
    returns: bool = True

    def alone(self, invoice_id: str) -> "Tab":
        """The same for one invoice of them."""
        return self._replace(invoices=(invoice_id,))


PaymentPlan = Sequence[Sequence[Tab]]
"""One round after the other; the tabs of a round at once."""


def payment_plan(number: int, invoices: Sequence[str], chance: Random, *, konbini: bool) -> PaymentPlan:
    """The plan of one payer with three invoices: all kinds in turn, the rest by chance."""
    a, b, c = invoices
    kinds: tuple[PaymentPlan, ...] = (
        [[Tab((a,)), Tab((a,))], [Tab((b,))], [Tab((c,))]],
        [[Tab((a, b)), Tab((b, c))]],
        [[Tab((a,), "amount", SMALLEST_PART + 500)], [Tab((a,))], [Tab((b,), "deposit")], [Tab((b,))]],
        [[Tab((a, b, c)), Tab((c,))]],
        [[Tab((a,), way="leave")], [Tab((a, b))], [Tab((c,))]],
        [[Tab((a,), way="leave"), Tab((b,))]],  # and nobody comes for the third one
    )
    return [[_by_chance(tab, chance, konbini=konbini) for tab in tabs] for tabs in kinds[number % len(kinds)]]


def _by_chance(tab: Tab, chance: Random, *, konbini: bool) -> Tab:
    ways: tuple[Way, ...] = ("card", "card", "declined first", "konbini" if konbini else "card")
    way = chance.choice(ways) if tab.way == "card" else tab.way
    return tab._replace(way=way, returns=chance.random() < 0.6)
