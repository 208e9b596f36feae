"""Autopay: a customer's consent to have new invoices paid by a kept card. Published by billing.

It holds no personal data: ids, amounts, days, and of the card what a payment says of it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from servicehub_events.catalogue import rules
from servicehub_events.catalogue.base import Event, Value
from servicehub_events.catalogue.payment import Failure, Method
from servicehub_events.catalogue.scalars import (
    AtMost,
    Count,
    Currency,
    Day,
    Id,
    Locale,
    ShortText,
    Time,
    Word,
)

AutopayStatus = Literal["on", "off"]

ChargeAmount = Annotated[
    int,
    Meta(
        ge=1,
        le=2**53 - 1,
        description="Money in the currency's minor unit, more than zero.",
        extra_json_schema={"x-money": {"unit": "minor", "currency": "1/currency"}},
    ),
]
"""Money in the currency that stands beside it."""


class AutopayConsent(Value, frozen=True, kw_only=True):
    """What the customer agreed to, when, and in which language it was written."""

    terms: Word
    """The version of the words that the customer agreed to."""
    locale: Locale
    """The language in which they were read."""
    at: Time
    """When."""


class AutopayEnd(Value, frozen=True, kw_only=True):
    """Why autopay is off."""

    reason: Word
    """`customer` switched it off; `operator`; `card_removed`, here or at the processor; `contact_left`, who
    was erased, left or may not pay now; `access_off`; `portal_off`; `account_changed`; `account_gone`,
    unknown to the processor for days; `cards_off`, the business keeps no cards any more."""
    at: Time
    """When."""
    by: ShortText | None = None
    """Which operator switched it off: a name that the operators know, not that of a customer."""
    why: ShortText | None = None
    """Why, in the operator's words."""


class AutopayCharge(Value, frozen=True, kw_only=True):
    """An invoice that autopay is to pay, has begun to pay, or could not pay."""

    invoice_id: Id
    """The invoice."""
    amount: ChargeAmount
    """What is to be charged: never more than the customer was told."""
    currency: Currency
    """The currency of the amount."""
    charge_on: Day
    """The day of the next try, or of the last one."""
    status: Word
    """`planned`: nobody was told yet. `announced`: the notice is being sent. `confirmed`: it was handed over,
    and the card is charged on that day. `charging`: it is being charged. `ended`: autopay does not try again,
    and the customer pays another way."""
    notices: Count = 0
    """How often a notice was asked for."""
    confirmed_at: Time | None = None
    """When the notice of this amount was handed over; absent while none was."""
    tries: Count = 0
    """How often the card was declined."""
    failure: Failure | None = None
    """Why the last try failed, or why there is none."""
    payment_id: Id | None = None
    """The payment of the last try."""


class Autopay(Event, frozen=True, kw_only=True):
    """The full state of a customer's autopay: one for each customer."""

    customer_id: Id
    """The customer: the second part of the record key."""
    contact_id: Id
    """Which contact switched it on, and whose card it is."""
    status: AutopayStatus
    """Whether it is on."""
    card: Method
    """The card that pays."""
    consent: AutopayConsent
    """What was agreed to. Only invoices that came after it are paid."""
    end: AutopayEnd | None = None
    """Why it is off; absent while it is on."""
    charges: Annotated[tuple[AutopayCharge, ...], AtMost(100, "unpaid invoices, those due first")] = ()
    """The unpaid invoices that it covers. Off: those that were being charged, and those it could not pay."""
    invoice_id: Id | None = None
    """The invoice that an announcement or a decline is about."""
    occurred_at: Time
    """When it happened."""

    def charge(self, invoice_id: str) -> AutopayCharge | None:
        """What it does about an invoice."""
        return next((charge for charge in self.charges if charge.invoice_id == invoice_id), None)

    def _violations(self) -> Iterator[str]:
        yield from rules.unique("charges[].invoice_id", (charge.invoice_id for charge in self.charges))
        for charge in self.charges:
            yield from rules.currency("charges[].currency", charge.currency)


class AutopaySwitchedOn(Autopay, frozen=True, kw_only=True):
    """The customer agreed to have new invoices paid by this card."""

    carries: ClassVar = {"status": ("on",), "end": (None,)}


class AutopaySwitchedOff(Autopay, frozen=True, kw_only=True):
    """Autopay pays nothing any more; see `end`. A charge that had begun goes on, and a later event of the
    same state says what became of it."""

    carries: ClassVar = {"status": ("off",)}
    needs: ClassVar = ("end",)


class AutopayPlanned(Autopay, frozen=True, kw_only=True):
    """What it is to pay changed: a charge was planned, moved, begun or is not needed; nobody is told."""


class AutopayAnnounced(Autopay, frozen=True, kw_only=True):
    """The customer is to be told now what is charged two days later: see the charge of `invoice_id`."""

    carries: ClassVar = {"status": ("on",)}
    needs: ClassVar = ("invoice_id",)


class AutopayDeclined(Autopay, frozen=True, kw_only=True):
    """The card was declined: see the charge of `invoice_id` for the next try, or that there is none."""

    needs: ClassVar = ("invoice_id",)
