"""What a paper is made from: states of the contract, and what was decided for this one paper.

The values are plain and travel as JSON to the process that typesets. They load neither words nor fonts, so
that a service which only orders a paper pays nothing for it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec
from servicehub_events import Business, Customer, Invoice, Payment, Refund

PaperLocale = Literal["en", "ja"]


class PaperOf(msgspec.Struct, frozen=True, kw_only=True, tag_field="paper"):
    """What every paper has: whose it is, in which language, and when all that it says was true."""

    business: Business
    """Who issues it: name, colours, country and time zone."""
    locale: PaperLocale
    """The language it is written in."""
    as_of: datetime
    """The moment of this rendition. It is printed, and it is the only clock a paper knows."""


class InvoicePaper(PaperOf, frozen=True, kw_only=True, tag="invoice"):
    """An invoice (請求書) with what has been paid of it."""

    invoice: Invoice
    """What is asked for."""
    customer: Customer | None = None
    """Whom it is made out to, where the invoice names nobody."""
    payments: tuple[Payment, ...] = ()
    """The payments in the portal on it, in their present states."""


class ReceiptPaper(PaperOf, frozen=True, kw_only=True, tag="receipt"):
    """A receipt (領収書) of one payment, whatever invoices it settles."""

    payment: Payment
    """The money that came."""
    number: str
    """The receipt's own number; it stays through every copy."""
    addressee: str
    """Whom it is made out to (宛名), with the honorific, as it was asked for."""
    purpose: str = ""
    """What the money was for (但し書き), where the country wants a sentence."""
    copy: int = 1
    """1 is the first; each one made out anew counts further and replaces the one before."""
    made_at: datetime
    """When this copy was made out."""
    replaces_made_at: datetime | None = None
    """When the copy that this one replaces was made out."""
    invoices: tuple[Invoice, ...] = ()
    """The invoices that the payment is for, as far as they are known."""
    payments: tuple[Payment, ...] = ()
    """All payments on these invoices, from which follows what is left of each."""


class CreditNotePaper(PaperOf, frozen=True, kw_only=True, tag="credit_note"):
    """A credit note (返金明細書) of an invoice: what of its price was taken back."""

    invoice: Invoice
    """The invoice that it lowers."""
    number: str
    """The number of the credit note, one of the invoice's."""
    customer: Customer | None = None
    """Whom it is made out to, where the invoice names nobody."""


class RefundPaper(PaperOf, frozen=True, kw_only=True, tag="refund"):
    """The paper of a refund: a credit note (返金明細書), or of what was paid too much (過入金の返金)."""

    payment: Payment
    """The money of which some went back."""
    refund_id: str
    """Which of its refunds. Its note says the number, and what it lowers."""
    addressee: str
    """Whom it is made out to (宛名), with the honorific, as it was asked for."""
    copy: int = 1
    """1 is the first; each one made out anew counts further and replaces the one before."""
    made_at: datetime
    """When this copy was made out."""
    replaces_made_at: datetime | None = None
    """When the copy that this one replaces was made out."""
    invoices: tuple[Invoice, ...] = ()
    """The invoices that the refund is of, as far as they are known."""

    @property
    def refund(self) -> Refund:
        """The refund as it stands, also one that failed since. Raises LookupError where there is none."""
        refunds = (*self.payment.refunds, *self.payment.refund_attempts)
        for one in refunds:
            if one.refund_id == self.refund_id:
                return one
        raise LookupError("the payment has no such refund")

    @property
    def tip(self) -> int:
        """What of the payment's tip went back with it, in minor units."""
        tips = self.payment.tip.refunds if self.payment.tip else ()
        return sum(one.amount for one in tips if one.refund_id == self.refund_id)


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """A step of an account, in words, with what it changed of the charges or of what was paid."""

    day: date
    what: str
    charged: int | None = None
    paid: int | None = None
    balance: int


class StatementItem(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of which something is owed on the last day."""

    what: str
    due_on: date
    total: int
    left: int


class StatementAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account in one currency: `opening` and what was charged, less what was paid, is `closing`."""

    currency: str
    opening: int
    closing: int
    charged: int
    paid: int
    rows: tuple[StatementRow, ...]
    items: tuple[StatementItem, ...]
    ages: tuple[int, int, int, int, int]
    """What is owed: not due yet, 1 to 30, 31 to 60, 61 to 90 and more days late."""
    credit: int
    """What the business holds too much of."""
    sites: tuple[tuple[str, int], ...] = ()
    """What is owed for each property, where there are several."""


class StatementPaper(PaperOf, frozen=True, kw_only=True, tag="statement"):
    """A statement of account (お取引明細書): what happened in a period, and what is owed at its end.

    Its rows are in the words of the page that it is the file of.
    """

    customer: Customer
    """Whose account it is."""
    first: date
    """The first day of the period."""
    last: date
    """The last day of it."""
    site: str = ""
    """The property that it is about; empty for all."""
    accounts: tuple[StatementAccount, ...]
    """One for each currency."""


Paper = InvoicePaper | ReceiptPaper | CreditNotePaper | RefundPaper | StatementPaper
"""Every kind of paper; `typeset` makes it a PDF."""
