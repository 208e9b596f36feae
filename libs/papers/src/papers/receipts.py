"""A receipt (領収書) as a sheet: one payment, one number, however many invoices it settles."""

from collections.abc import Iterator
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import Invoice, Payment, WholeRefund, invoice_money, whole_refunds

from papers.frame import FrameWords, framed
from papers.language import PaperLanguage, language_of
from papers.methods import method_name
from papers.parties import issuer_of, qualified
from papers.sheet import AnswerBand, Party, Sheet, SheetLine, SheetNote, SheetNotice, SumRow
from papers.values import ReceiptPaper

_LONGEST_TITLE: Final = 40  # characters of what an invoice is for, beside its number


def receipt_sheet(paper: ReceiptPaper) -> Sheet:
    """The sheet of a receipt. Raises ValueError when the money is not there: such a paper is not made."""
    payment = paper.payment
    if not payment.is_received():
        raise ValueError("a receipt of money that is not there")
    language = language_of(paper)
    say, amount = language.say, language.format.money(payment.charged, payment.currency)
    issuer = paper.invoices[0].issuer if paper.invoices else None
    return framed(
        paper,
        language,
        FrameWords(title=say("Receipt"), number=paper.number, amount=amount),
        tags=tuple(_tags(language, paper)),
        notices=tuple(_notices(language, paper)),
        recipient=Party(label=say("Received from"), name=paper.addressee),
        issuer=issuer_of(language, say("Received by"), paper.business, issuer),
        answer=_answer(language, paper, amount),
        purpose=_purpose(language, paper),
        acknowledged=say("We have received the amount above.") if language.country == "JP" else "",
        columns=(
            say("Paid for"),
            say("Invoice date"),
            say("Invoice total"),
            say("Paid now"),
            say("Left"),
        ),
        lines=tuple(_lines(language, paper)),
        sums=(SumRow(label=say("Paid"), amount=amount, weight="big"),),
        legends=tuple(_legends(language, paper)),
        notes=(SheetNote(label=say("Payment details"), pairs=((say("Reference"), payment.payment_id),)),),
    )


def _tags(language: PaperLanguage, paper: ReceiptPaper) -> Iterator[str]:
    if paper.copy > 1:
        day = language.format.full(language.day_of(paper.made_at))
        yield language.say("Copy {number}, {date}", number=str(paper.copy), date=day)


def _notices(language: PaperLanguage, paper: ReceiptPaper) -> Iterator[SheetNotice]:
    """That another copy is void, and what left the payment again; the amount stays what was received."""
    say, show, payment = language.say, language.format, paper.payment
    if paper.replaces_made_at:
        day = show.full(language.day_of(paper.replaces_made_at))
        text = say("This replaces the receipt issued on {date}.", date=day)
        yield SheetNotice(tone="calm", text=text, more=say("The earlier one of the same number is void."))
    for refund in (one for one in whole_refunds(payment) if one.stands):
        amount = show.money(refund.amount, payment.currency)
        day = show.full(language.day_of(refund.at))
        text = say("{amount} was refunded on {date}.", amount=amount, date=day)
        yield SheetNotice(tone="warn", text=text, more=_see_note(language, refund))
    for dispute in payment.disputes:
        amount = show.money(dispute.asked_back, payment.currency)
        if dispute.status == "open":
            text = say("{amount} of it is disputed with the bank.", amount=amount)
            yield SheetNotice(tone="warn", text=text)
        if dispute.status == "lost":
            yield SheetNotice(tone="bad", text=say("The bank took {amount} of it back.", amount=amount))


def _see_note(language: PaperLanguage, refund: WholeRefund) -> str:
    """Where the tax of a lower price is told."""
    if refund.note is None or not refund.note.lowered:
        return ""
    return language.say("See credit note {number}.", number=refund.note.number)


def _answer(language: PaperLanguage, paper: ReceiptPaper, amount: str) -> AnswerBand:
    say, payment = language.say, paper.payment
    by_card = language.country == "JP" and payment.method is not None and payment.method.type == "card"
    return AnswerBand(
        label=say("Amount paid"),
        amount=amount,
        notes=(say("Paid by credit card"),) if by_card else (),
        facts=(
            (say("Receipt number"), paper.number),
            (say("Paid on"), language.format.full(language.day_of(payment.occurred_at))),
            (say("Paid by"), method_name(language, payment.method)),
        ),
    )


def _purpose(language: PaperLanguage, paper: ReceiptPaper) -> str:
    """但し、清掃サービス代（請求書 1042・1047）として."""
    if not paper.purpose:
        return ""
    numbers = language.format.names([invoice.number for invoice in paper.invoices])
    if not numbers:
        return language.say("For {purpose}.", purpose=paper.purpose)
    return language.say("For {purpose} (invoice {numbers}).", purpose=paper.purpose, numbers=numbers)


def _lines(language: PaperLanguage, paper: ReceiptPaper) -> Iterator[SheetLine]:
    """Each invoice, and the tip, which is part of none."""
    for invoice in paper.invoices:
        yield _line(language, paper, invoice)
    if tip := paper.payment.tip:
        amount = language.format.money(tip.amount, paper.payment.currency)
        detail = language.say("Not part of an invoice.")
        yield SheetLine(cells=(language.say("Tip"), "", "", amount, ""), detail=detail)


def _line(language: PaperLanguage, paper: ReceiptPaper, invoice: Invoice) -> SheetLine:
    show, paid = language.format, _allocated(paper.payment, invoice)
    left = invoice_money(invoice, paper.payments).amount_due
    return SheetLine(
        cells=(
            _what_for(language, invoice),
            show.full(invoice.issued_on),
            show.money(invoice.total, invoice.currency),
            show.money(paid, paper.payment.currency),
            show.money(left, invoice.currency),
        ),
        detail=_tax(language, invoice, paid),
    )


def _what_for(language: PaperLanguage, invoice: Invoice) -> str:
    title = invoice.lines[0].description if invoice.lines else ""
    if not title or len(title) > _LONGEST_TITLE:
        return language.say("Invoice {number}", number=invoice.number)
    return language.say("Invoice {number}, {title}", number=invoice.number, title=title)


def _tax(language: PaperLanguage, invoice: Invoice, paid: int) -> str:
    """Only of an invoice that is settled whole: a second rounding would contradict the invoice."""
    tax = sum(group.tax for group in invoice.tax_groups)
    if paid != invoice.total or not tax:
        return ""
    return language.say("includes tax of {amount}", amount=language.format.money(tax, invoice.currency))


def _allocated(payment: Payment, invoice: Invoice) -> int:
    return sum(part.amount for part in payment.allocations if part.invoice_id == invoice.invoice_id)


def _legends(language: PaperLanguage, paper: ReceiptPaper) -> Iterator[str]:
    if language.country == "JP":
        where = N_("The invoices tell the tax of each rate.")
        if paper.invoices and all(qualified(invoice) for invoice in paper.invoices):
            where = N_("The invoices, which are qualified invoices, tell the tax of each rate.")
        yield language.say(where)
        yield language.say("It is issued as electronic data, so no revenue stamp is needed.")
