"""An invoice's story in order: sent, paid by whatever way, given back, and what is still to come."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final
from urllib.parse import quote

from servicehub_events import DisputeStatus, InvoiceReference, Payment

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.language import Language
from portal_read.pages.methods import paid_by
from portal_read.pages.paper_offers import note_name
from portal_read.pages.recorded_steps import given_back_as, recorded_as
from portal_read.pages.refunds import refund_line, share_of
from portal_read.pages.sent_messages import ISSUED, sent_messages
from portal_read.pages.vouchers import CALLED_OFF, TAKEN_BACK, code_of, is_voucher, is_waiting

UNCONFIRMED: Final = "unconfirmed"
"""The code of a failure of which nobody could confirm that nothing was taken."""


@dataclass(frozen=True, slots=True)
class Step:
    """`url` leads to the payment this step is about, or to its paper."""

    icon: str
    text: str
    notes: Sequence[str]
    when: str
    to_come: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True)
class _Moment:
    """`settles` is how much less is left to pay after this step."""

    at: datetime
    when: str
    icon: str
    text: str
    note: str | None = None
    settles: int = 0
    url: str | None = None


def timeline(ctx: PageContext, language: Language, view: InvoiceView) -> list[Step]:
    moments = sorted(_moments(ctx, language, view), key=lambda moment: moment.at)
    return [*_with_rest(language, view, moments), *_to_come(language, view)]


def _moments(ctx: PageContext, language: Language, view: InvoiceView) -> Iterator[_Moment]:
    yield from _issue(language, view)
    yield from _changes(ctx, language, view)
    yield from _recorded(ctx, language, view)
    for payment in view.payments:
        yield from _of_payment(ctx, language, payment, view.invoice.invoice_id)


def _issue(language: Language, view: InvoiceView) -> Iterator[_Moment]:
    """Where it was sent, and other messages about it; of one that the portal told nobody, its day."""
    sent = sent_messages(language.words, view.messages)
    if not any(message.kind in ISSUED for message in sent):
        yield _on(language, view.invoice.issued_on, "invoice", language.words.gettext("Invoice sent"))
    for message in sent:
        when = language.format.stamp(message.at)
        yield _Moment(message.at, when, message.icon, message.text, message.note)


def _changes(ctx: PageContext, language: Language, view: InvoiceView) -> Iterator[_Moment]:
    """Corrections, credit notes, and that it was withdrawn."""
    say, invoice = language.words.gettext, view.invoice
    if revision := invoice.revision:
        yield _on(language, revision.on, "sync", say("Invoice revised"), revision.reason)
    for note in invoice.credit_notes:
        amount = language.format.money(note.total, invoice.currency)
        text = say("Credit note {number}, {amount}", number=note.number, amount=amount)
        file = f"{ctx.invoice_url(invoice.invoice_id)}/credit-notes/{quote(note.id, safe='')}.pdf"
        moment = _on(language, note.issued_on, "undo", text, note.reason, note.total)
        yield replace(moment, url=file)
    if voiding := invoice.voiding:
        yield _on(language, voiding.on, "void", say("Invoice withdrawn"), voiding.reason)


def _recorded(ctx: PageContext, language: Language, view: InvoiceView) -> Iterator[_Moment]:
    """What the business wrote down; echoes are told as the portal's own."""
    words, show, currency = language.words, language.format, view.invoice.currency
    by = words.gettext("Recorded by {business}", business=ctx.business.name)
    for entry in view.invoice.recorded_payments:
        if entry.portal_payment_id is None:
            text = recorded_as(words, entry, show.money(entry.amount, currency))
            receipt = entry.receipt_number and words.gettext("Receipt {number}", number=entry.receipt_number)
            note = " · ".join(filter(None, (by, receipt)))
            step = _on(language, entry.received_on, "ok", text, note, entry.amount)
            yield replace(step, url=_other(ctx, entry.credit_of))
        for refund in entry.refunds:
            if refund.portal_refund_id is None:
                text = given_back_as(words, entry, refund, show.money(refund.amount, currency))
                step = _on(language, refund.refunded_on, "undo", text, by)
                yield replace(step, url=_other(ctx, refund.used_for))


def _other(ctx: PageContext, invoice: InvoiceReference | None) -> str | None:
    """Where a credit came from, or went."""
    return ctx.invoice_url(invoice.invoice_id) if invoice else None


def _on(
    language: Language, day: date, icon: str, text: str, note: str | None = None, settles: int = 0
) -> _Moment:
    return _Moment(_start_of(language, day), _day(language, day), icon, text, note, settles)


def _of_payment(ctx: PageContext, language: Language, payment: Payment, invoice_id: str) -> Iterator[_Moment]:
    part = sum(share.amount for share in payment.allocations if share.invoice_id == invoice_id)
    amount = language.format.money(part, payment.currency)
    if payment.taken and not _counts(payment):
        amount = language.format.money(payment.taken.amount, payment.taken.currency)
    tip = language.format.money(payment.charged - payment.amount, payment.currency) if payment.tip else ""
    parts = _told(language, payment, amount, tip)
    if parts is not None and part:
        icon, text, note = parts
        when = language.format.stamp(payment.occurred_at)
        url = ctx.result_url(payment.payment_id)
        yield _Moment(payment.occurred_at, when, icon, text, note, part if _counts(payment) else 0, url)
    for refund in (*payment.refunds, *payment.refund_attempts):
        if back := share_of(refund, invoice_id):
            line = refund_line(language, refund, language.format.money(back, payment.currency))
            note, url = line.note, None
            if refund.note and refund in payment.refunds:
                note, url = note_name(language, refund.note), ctx.result_url(payment.payment_id)
            when = language.format.stamp(line.at)
            yield _Moment(line.at, when, line.icon, line.text, note, url=url)


def _counts(payment: Payment) -> bool:
    return payment.status == "captured" and payment.review is None


def _told(
    language: Language, payment: Payment, amount: str, given: str
) -> tuple[str, str, str | None] | None:
    """Icon, sentence and note; `given` is a tip.

    An attempt that was only begun is not told: nothing happened. One that ran out is told when it had come to
    a method: a voucher that the payer may still hold.
    """
    paid, say = paid_by(language.words, payment.method, amount), language.words.gettext
    tip = say("and a tip of {amount}", amount=given) if given else None
    if payment.review and payment.status == "processing":
        return "lens", paid, say("We’re checking whether it arrived. There is nothing for you to do.")
    if payment.review:
        return "lens", paid, say("We’re checking this payment. There is nothing for you to do.")
    if payment.status == "captured" and payment.dispute_status:
        return "flag", paid, disputed(language, payment, payment.dispute_status)
    if payment.status == "captured":
        return "ok", paid, tip
    if is_waiting(payment):
        return "clock", paid, say("We’re waiting for your payment at the konbini")
    if payment.status == "processing":
        return "clock", paid, say("On its way. Please don’t pay again.")
    if payment.status == "failed" and payment.clearing:
        given_back = payment.clearing.decision == "refunded"
        return (
            "undo",
            paid,
            say("It was given back.") if given_back else say("We checked it: it does not count."),
        )
    if payment.status == "failed" and payment.failure and payment.failure.code == UNCONFIRMED:
        text = say("Payment of {amount}", amount=amount)
        return "alert", text, say("We couldn’t confirm it. If money was taken, please contact us.")
    if code_of(payment) == CALLED_OFF:
        return "void", paid, say("Please don’t pay at the konbini any more.")
    if code_of(payment) == TAKEN_BACK:
        return "void", paid, say("The payment number was cancelled. Nothing was charged.")
    if payment.status == "failed" and is_voucher(payment):
        return "clock", paid, say("It was not paid in time. Nothing was charged.")
    if payment.status == "failed":
        return "alert", paid, say("It didn’t go through. Nothing was charged.")
    if payment.status == "expired" and payment.method:
        return "clock", paid, say("It was not paid in time. Nothing was charged.")
    return None


def disputed(language: Language, payment: Payment, status: DisputeStatus) -> str:
    """What has become of its disputes, or of those with this status."""
    say = language.words.gettext
    match status:
        case "open":
            return say("Your bank is reviewing this payment. There is nothing to do until they answer.")
        case "lost" if payment.taken_back < payment.charged:
            amount = language.format.money(payment.taken_back, payment.currency)
            return say("Your bank took back {amount} of this payment.", amount=amount)
        case "lost":
            return say("Your bank took this payment back.")
        case _:
            return say("Your bank confirmed this payment.")


def _with_rest(language: Language, view: InvoiceView, moments: list[_Moment]) -> Iterator[Step]:
    invoice = view.invoice
    left = invoice.total - view.money.withheld
    for moment in moments:
        left -= moment.settles
        rest = language.words.gettext(
            "left {amount}", amount=language.format.money(max(0, left), invoice.currency)
        )
        notes = [
            note
            for note in (moment.note, rest if moment.settles and invoice.status == "open" else None)
            if note
        ]
        yield Step(moment.icon, moment.text, notes, moment.when, url=moment.url)


def _to_come(language: Language, view: InvoiceView) -> Iterator[Step]:
    say, invoice = language.words.gettext, view.invoice
    if invoice.deposit and (missing := view.money.deposit_due):
        amount = language.format.money(missing, invoice.currency)
        yield Step(
            "dot",
            say("Deposit due, {amount}", amount=amount),
            (),
            _day(language, invoice.deposit.due_on),
            True,
        )
    if view.money.amount_due:
        yield Step(
            "dot",
            say("Balance due") if view.money.received else say("Payment due"),
            (),
            _day(language, invoice.due_on),
            True,
        )


def _start_of(language: Language, day: date) -> datetime:
    return datetime.combine(day, time.min, language.format.zone)


def _day(language: Language, day: date) -> str:
    return language.format.in_year(day, language.today)
