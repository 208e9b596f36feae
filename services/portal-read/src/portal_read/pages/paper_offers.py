"""The papers of a payment, offered below what became of it: its receipt, and that of each refund.

Each is a file, and a form that makes it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from servicehub_events import Payment, Refund, RefundNote

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_sums import addressed, recipient_of
from portal_read.pages.language import Language

_LONGEST: Final = 100  # characters, as billing takes them


@dataclass(frozen=True, slots=True)
class PaperForm:
    """To whom it is made out, as a person may change it; `purpose` where the country asks for one."""

    action: str
    addressee: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class PaperOffer:
    """`file` is there once it was made out; without a `form` it is not made out anew."""

    heading: str
    button: str
    file: str | None
    form: PaperForm | None
    note: str = ""


def paper_offers(
    ctx: PageContext, language: Language, payment: Payment | None, invoices: Sequence[InvoiceView]
) -> Sequence[PaperOffer]:
    """None while the money is not there; no receipt once it went back before one was made out."""
    if payment is None or not payment.is_received():
        return []
    return [*_receipt(ctx, language, payment, invoices), *_refunds(ctx, language, payment, invoices)]


def note_name(language: Language, note: RefundNote) -> str:
    """Credit note CN-000041; Refund of an overpayment RF-000007."""
    say = language.words.gettext
    if note.lowered:
        return say("Credit note {number}", number=note.number)
    return say("Refund of an overpayment {number}", number=note.number)


def _receipt(
    ctx: PageContext, language: Language, payment: Payment, invoices: Sequence[InvoiceView]
) -> Iterator[PaperOffer]:
    say, receipt = language.words.gettext, payment.receipt
    action = _path(ctx, "receipts", payment.payment_id)
    file = f"{action}.pdf" if receipt and receipt.copies else None
    purpose = say("Services") if ctx.business.country == "JP" else None
    name = _addressee(ctx, language, invoices)
    form = PaperForm(action, name, purpose) if payment.may_be_receipted() else None
    if file or form:
        heading = say("Receipt {number}", number=receipt.number) if receipt else say("Receipt")
        yield PaperOffer(heading, say("Receipt (PDF)"), file, form)


def _refunds(
    ctx: PageContext, language: Language, payment: Payment, invoices: Sequence[InvoiceView]
) -> Iterator[PaperOffer]:
    """Of a refund that failed after all there is no paper but one that was made out, and is void."""
    say = language.words.gettext
    for refund in (*payment.refunds, *payment.refund_attempts):
        note, made = refund.note, refund in payment.refunds
        if note is None or not (made or note.copies):
            continue
        action = _path(ctx, "refunds", payment.payment_id, refund.refund_id)
        yield PaperOffer(
            note_name(language, note),
            say("Credit note (PDF)") if note.lowered else say("Refund of an overpayment (PDF)"),
            f"{action}.pdf" if note.copies else None,
            PaperForm(action, _addressee(ctx, language, _of(refund, invoices))) if made else None,
            "" if made else say("The refund did not go through, so this paper is void."),
        )


def _of(refund: Refund, invoices: Sequence[InvoiceView]) -> Sequence[InvoiceView]:
    ids = {share.invoice_id for share in refund.allocations}
    return [view for view in invoices if view.invoice.invoice_id in ids]


def _path(ctx: PageContext, *names: str) -> str:
    return "/".join(("/billing", ctx.business.slug, *(quote(name, safe="") for name in names)))


def _addressee(ctx: PageContext, language: Language, invoices: Sequence[InvoiceView]) -> str:
    customer = ctx.customer
    name = addressed(language, customer.display_name, customer) if customer else ""
    if len(invoices) == 1:
        name = recipient_of(language, invoices[0].invoice, customer) or name
    return name[:_LONGEST]
