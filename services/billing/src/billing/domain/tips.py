"""A tip: what a payer adds beside the invoices. They choose it, and it is held within bounds."""

from collections.abc import Sequence

from chassis.tips import tip_bounds
from servicehub_events import Allocation, Business

from billing import errors
from billing.domain.amounts import OwedInvoice, minor_units


def read_tip(
    business: Business,
    chosen: int | str | None,
    parts: Sequence[Allocation],
    invoices: Sequence[OwedInvoice],
) -> int:
    """In minor units, 0 for none; `chosen` is an integer in them, or a text as a person typed it.

    Raises `TipNotTaken` where none can be added, and `TipInvalid`.
    """
    currency = invoices[0].invoice.currency
    tip = minor_units(chosen, currency) if chosen is not None else 0
    if tip == 0:
        return 0
    bounds = tip_bounds(
        business,
        currency,
        asked=sum(owed.money.payable for owed in invoices),
        charged=sum(part.amount for part in parts),
        invoices=len(invoices),
    )
    if bounds is None:
        raise errors.TipNotTaken
    if tip is None or not bounds.admit(tip):
        raise errors.TipInvalid(minimum=bounds.least, maximum=bounds.most, currency=currency)
    return tip
