"""What a pay link opens: one invoice, as much of it as is due now, and nothing else. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from servicehub_events import Business

from billing import errors
from billing.domain.amounts import AmountChoice, OwedInvoice, allocate, today

LIFE: Final = timedelta(days=90)
"""How long a link opens anything: an invoice that is open for longer is asked for by another mail."""
DUE_NOW: Final = AmountChoice("due")

Scope = Literal["business", "customer", "invoice"]
"""Whose links are ended at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAmount:
    """What the page of a link says. `amount` is due now, in minor units; a `deposit` is not all of it."""

    number: str
    amount: int
    currency: str
    due_on: date
    deposit: bool


def is_over(issued_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a link's time is up, or it was ended; one that was made in the same second is ended, too."""
    return now - issued_at >= LIFE or (ended_at is not None and issued_at <= ended_at)


def offer_of(business: Business, owed: OwedInvoice, now: datetime) -> LinkedAmount | None:
    """What is to be paid now; None when that is nothing, or cannot be paid online."""
    day = today(business, now)
    try:
        (part,) = allocate(DUE_NOW, [owed], day)
    except errors.PaymentRefused:
        return None
    invoice, deposit = owed.invoice, owed.invoice.deposit
    asks_deposit = deposit is not None and owed.money.wants_deposit(day)
    return LinkedAmount(
        number=invoice.number,
        amount=part.amount,
        currency=invoice.currency,
        due_on=deposit.due_on if deposit and asks_deposit else invoice.due_on,
        deposit=asks_deposit,
    )
