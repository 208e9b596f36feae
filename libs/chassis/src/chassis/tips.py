"""Tips: which ones a page offers, and how much one may be. Billing takes no others.

A tip is at most as much as the invoices themselves ask for: a slip of the finger costs nobody a fortune.
"""

from collections.abc import Sequence
from typing import NamedTuple

from servicehub_events import Business

from chassis.online_amounts import INVOICES_AT_ONCE, online_limits


class TipOffer(NamedTuple):
    """A sum that a page offers, in minor units; `percentage` is None for a fixed one."""

    amount: int
    percentage: int | None = None


class TipBounds(NamedTuple):
    """From where to where a tip may be, in minor units; a multiple of `least`."""

    least: int
    most: int

    def admit(self, amount: int) -> bool:
        """Whether a tip may be this much."""
        return self.least <= amount <= self.most and amount % self.least == 0


def tip_bounds(
    business: Business, currency: str, *, asked: int, charged: int, invoices: int
) -> TipBounds | None:
    """None where no tip can be added, as the business takes none or the payment has no room for it.

    `asked` is what is left to pay on the invoices, and `charged` what of it this payment pays: with the tip,
    which is a line of its own, it has to be within what the processor takes at once.
    """
    limits = online_limits(currency)
    most = min(asked, limits.maximum - charged)
    most -= most % limits.step
    if business.tips is None or most < limits.step or invoices >= INVOICES_AT_ONCE:
        return None
    return TipBounds(limits.step, most)


def offered_tips(business: Business, currency: str, asked: int, bounds: TipBounds) -> Sequence[TipOffer]:
    """What the business offers of `asked` minor units, each sum once; those that may not be are left out."""
    tips = business.tips
    if tips is None:
        return ()
    step = bounds.least
    offers = [TipOffer(_percent(asked, percentage, step), percentage) for percentage in tips.percentages]
    if currency == business.currency:
        offers += [TipOffer(amount) for amount in tips.amounts]
    once = {offer.amount: offer for offer in reversed(offers)}
    return [offer for offer in offers if once[offer.amount] is offer and bounds.admit(offer.amount)]


def _percent(amount: int, percentage: int, step: int) -> int:
    """To the nearest multiple of `step`, half of one upwards."""
    whole = 100 * step
    return (2 * amount * percentage + whole) // (2 * whole) * step
