"""What messages tell about a customer's autopay, and which of them are still true. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from servicehub_events import (
    Autopay,
    AutopayAnnounced,
    AutopayDeclined,
    AutopayStatus,
    AutopaySwitchedOff,
    AutopaySwitchedOn,
    Event,
    Method,
)

from notifier.domain.kinds import AutopayKind


class AutopayChargeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is charged for an invoice, and when; minor units. `ended`: it is tried no more."""

    invoice_id: str
    amount: int
    currency: str
    charge_on: date
    told: bool
    ended: bool
    tries: int
    code: str | None


class AutopayFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's autopay: whose it is, by which card, what it is about to pay, and why it is off."""

    status: AutopayStatus
    contact_id: str
    card: Method
    since: datetime
    charges: tuple[AutopayChargeFacts, ...]
    end_reason: str | None = None

    @property
    def invoice_ids(self) -> tuple[str, ...]:
        """The unpaid invoices that it covers."""
        return tuple(charge.invoice_id for charge in self.charges)

    def charge(self, invoice_id: str) -> AutopayChargeFacts | None:
        """What it does about an invoice."""
        return next((charge for charge in self.charges if charge.invoice_id == invoice_id), None)


def autopay_facts(event: Autopay) -> AutopayFacts:
    """What messages tell about it."""
    return AutopayFacts(
        status=event.status,
        contact_id=event.contact_id,
        card=event.card,
        since=event.consent.at,
        charges=tuple(
            AutopayChargeFacts(
                invoice_id=charge.invoice_id,
                amount=charge.amount,
                currency=charge.currency,
                charge_on=charge.charge_on,
                told=charge.status in ("announced", "confirmed"),
                ended=charge.status == "ended",
                tries=charge.tries,
                code=charge.failure.code if charge.failure else None,
            )
            for charge in event.charges
        ),
        end_reason=event.end.reason if event.end else None,
    )


def autopay_notices(event: Event) -> list[tuple[AutopayKind, str]]:
    """The message that an event of autopay makes, and the invoice that it is about."""
    match event:
        case AutopaySwitchedOn() | AutopaySwitchedOff():
            return [("autopay_changed", "")]
        case AutopayAnnounced(invoice_id=str(invoice_id)):
            return [("autopay_notice", invoice_id)]
        case AutopayDeclined(invoice_id=str(invoice_id)):
            return [("autopay_declined", invoice_id)]
        case _:
            return []


def autopay_still_true(
    kind: AutopayKind, facts: AutopayFacts, invoice_id: str, unpaid: Sequence[str]
) -> bool:
    """Whether it can still be said, of an invoice among those that are `unpaid`.

    A decline stands, though autopay was switched off after it, or while the card was being charged.
    """
    if kind == "autopay_changed":
        return True
    charge = facts.charge(invoice_id)
    if charge is None or invoice_id not in unpaid:
        return False
    return facts.status == "on" and charge.told if kind == "autopay_notice" else charge.tries > 0
