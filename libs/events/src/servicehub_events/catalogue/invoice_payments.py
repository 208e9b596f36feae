"""How an invoice is paid: what is due first, where to, what is held back, and what the business received."""

from __future__ import annotations

from typing import Annotated, Literal

from servicehub_events.catalogue.base import Value
from servicehub_events.catalogue.invoice_parts import InvoiceReference
from servicehub_events.catalogue.scalars import (
    Amount,
    AtMost,
    Charge,
    Day,
    Id,
    LongText,
    Rate,
    ShortText,
    Word,
)

RecordedMethod = Literal["cash", "cheque", "transfer", "other"]


class Deposit(Value, frozen=True, kw_only=True):
    """A first part of the total that is due earlier."""

    amount: Amount
    """The part of the total that is due earlier."""
    due_on: Day
    """By when."""


class PartialPayment(Value, frozen=True, kw_only=True):
    """Whether the payer may choose an amount, and the least of it."""

    allowed: bool
    """Whether the payer may choose how much to pay."""
    minimum: Amount | None = None
    """The least they may pay at once."""


class Withholding(Value, frozen=True, kw_only=True):
    """Tax of the issuer's income that the payer keeps and pays to the state (源泉徴収).

    It is neither discount nor payment: the total and its tax stay, and less is to be paid. Two steps of a
    tariff, such as 10.21 % and 20.42 %, are two of these.
    """

    name: ShortText | None = None
    """What it is called on the invoice; absent: withholding tax (源泉徴収税額)."""
    base: Amount
    """What the rate applies to."""
    rate: Rate
    """The rate."""
    amount: Amount
    """What the payer keeps: the rate of the base, rounded once."""


class BankAccount(Value, frozen=True, kw_only=True):
    """An account to transfer to, in the words and numbers of its country."""

    bank: ShortText | None = None
    """The bank, with its branch: `見本銀行 阿佐谷支店`."""
    account_type: ShortText | None = None
    """What kind of account it is: `普通`, `Checking`."""
    account_number: ShortText | None = None
    """Its number."""
    account_holder: ShortText | None = None
    """In whose name it is, as a transfer must say it: `ヒカリセイソウ(カ`."""
    iban: ShortText | None = None
    """IBAN."""
    bic: ShortText | None = None
    """BIC (SWIFT)."""
    routing_number: ShortText | None = None
    """What finds the bank inside its country: routing number, sort code, BSB."""


class PaymentInstruction(Value, frozen=True, kw_only=True):
    """A way to pay other than in the portal."""

    text: LongText | None = None
    """In words: to whom a check is made out, who bears the fee."""
    bank_account: BankAccount | None = None
    """The account to transfer to."""
    reference: ShortText | None = None
    """What the payer is to state, so that the payment finds its invoice."""


class RecordedRefund(Value, frozen=True, kw_only=True):
    """Money of a recorded payment that the business gave back."""

    id: Id
    """The refund, in the books of the business."""
    amount: Charge
    """How much was given back."""
    refunded_on: Day
    """When."""
    method: RecordedMethod | None = None
    """How it was given back; absent: as it was paid."""
    portal_refund_id: Id | None = None
    """The portal's refund that it echoes; such a one is not counted again."""
    used_for: InvoiceReference | None = None
    """The invoice that it was taken off, where it did not go back: a credit that was used."""


class RecordedPayment(Value, frozen=True, kw_only=True):
    """A payment the business wrote down; with `portal_payment_id` it echoes one made in the portal."""

    id: Id
    """The payment, in the books of the business."""
    method: RecordedMethod
    """How it was paid."""
    means: Word | None = None
    """By what exactly: `card`, `direct_debit`, `paypal`, `paypay`, `konbini`, `e_money`, `venmo`, `zelle`."""
    means_name: ShortText | None = None
    """The same as it is called in the business, for what has no word here."""
    amount: Amount
    """What was received."""
    received_on: Day
    """When it was received."""
    receipt_number: ShortText | None = None
    """The number of the receipt the business gave for it."""
    portal_payment_id: Id | None = None
    """The portal's payment that it echoes; such a one is not counted again."""
    credit_of: InvoiceReference | None = None
    """The invoice of which too much was paid, where this came out of that credit."""
    refunds: Annotated[tuple[RecordedRefund, ...], AtMost(100, "a page shows each")] = ()
    """What of it was given back."""
