"""What a statement of account says: each step with its balance, and what is left of each invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from servicehub_events.catalogue.invoice import Invoice
from servicehub_events.catalogue.invoice_parts import CreditNote
from servicehub_events.catalogue.invoice_payments import RecordedPayment, RecordedRefund, Withholding
from servicehub_events.catalogue.payment import Payment, Refund

ChargeKind = Literal["invoice", "withholding", "credit_note", "void", "lowered", "restored"]
MoneyKind = Literal["recorded", "payment", "checked", "refund", "recorded_refund", "taken_back"]
EntryKind = ChargeKind | MoneyKind
"""`lowered` is a price that a refund lowered, `restored` takes that back; `checked` is money that does not
count yet, `taken_back` what the payer's bank took."""

_CHARGES: Final = frozenset({"invoice", "withholding", "credit_note", "void", "lowered", "restored"})
AGES: Final = (0, 30, 60, 90)
"""The last day late of each age but the oldest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEntry:
    """One step. `amount` is what it changes the balance by, in minor units, `balance` what is owed after it.

    A payment over several invoices is one entry. `told` is what it is about where that is not the amount:
    what is being checked, or what of an invoice is not collected.
    """

    day: date
    kind: EntryKind
    amount: int
    invoices: tuple[Invoice, ...]
    balance: int = 0
    told: int = 0
    payment: Payment | None = None
    recorded: RecordedPayment | None = None
    refund: Refund | RecordedRefund | None = None
    credit_note: CreditNote | None = None
    withholding: Withholding | None = None

    @property
    def is_charge(self) -> bool:
        """Whether it changes what is asked for, and not what was paid."""
        return self.kind in _CHARGES


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is left of an invoice on the last day: owed, or held too much. `days_late` is 0 on the day due."""

    invoice: Invoice
    due: int
    credit: int
    days_late: int

    def place(self) -> tuple[date, str]:
        """Where it stands among others: by the day it is due."""
        return self.invoice.due_on, self.invoice.invoice_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatement:
    """A period of an account in one currency: `opening` and all amounts of `entries` are `closing`.

    `items` are the invoices of which something is left, and their sum is `closing` too.
    """

    currency: str
    opening: int
    entries: tuple[AccountEntry, ...]
    closing: int
    items: tuple[OpenItem, ...]

    @property
    def charged(self) -> int:
        """What was asked for in the period, less what was taken back of it."""
        return sum(entry.amount for entry in self.entries if entry.is_charge)

    @property
    def paid(self) -> int:
        """What was paid in the period, less what went back."""
        return -sum(entry.amount for entry in self.entries if not entry.is_charge)

    @property
    def credit(self) -> int:
        """What the business holds too much of."""
        return sum(item.credit for item in self.items)

    @property
    def ages(self) -> tuple[int, ...]:
        """What is owed: not due yet, 1 to 30, 31 to 60, 61 to 90 and more days late."""
        ages = [0] * (len(AGES) + 1)
        for item in self.items:
            ages[sum(item.days_late > days for days in AGES)] += item.due
        return tuple(ages)
