"""The receipt of a payment, offered below what became of it: the file, and a form that makes it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from servicehub_events import Payment

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language
from portal_read.pages.statement import addressed, recipient_of

_LONGEST: Final = 100  # characters, as billing takes them


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """To whom it is made out, as a person may change it; `purpose` where the country asks for one."""

    action: str
    addressee: str
    purpose: str | None


@dataclass(frozen=True, slots=True)
class ReceiptOffer:
    """`file` is there once it was made out; without a `form` it is not made out anew."""

    number: str | None
    file: str | None
    form: ReceiptForm | None


def receipt_offer(
    ctx: PageContext, language: Language, payment: Payment | None, invoices: Sequence[InvoiceView]
) -> ReceiptOffer | None:
    """None while the money is not there, and once it went back before a receipt was made out."""
    if payment is None or not payment.is_received():
        return None
    receipt = payment.receipt
    action = f"/billing/{ctx.business.slug}/receipts/{quote(payment.payment_id, safe='')}"
    file = f"{action}.pdf" if receipt and receipt.copies else None
    form = _form(ctx, language, action, invoices) if payment.may_be_receipted() else None
    return ReceiptOffer(receipt.number if receipt else None, file, form) if file or form else None


def _form(ctx: PageContext, language: Language, action: str, invoices: Sequence[InvoiceView]) -> ReceiptForm:
    customer = ctx.customer
    name = addressed(language, customer.display_name, customer) if customer else ""
    if len(invoices) == 1:
        name = recipient_of(language, invoices[0].invoice, customer) or name
    purpose = language.words.gettext("Services") if ctx.business.country == "JP" else None
    return ReceiptForm(action, name[:_LONGEST], purpose)
