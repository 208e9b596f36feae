"""Make out the paper of a refund: to whom is asked once, then it is fixed; to change it is a reissue.

Its number and what it lowers were told with the refund, and stay. Each copy is an event and a row in one
transaction.
"""

from dataclasses import dataclass

from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.identity import Viewer
from chassis.refusals import NotFound
from msgspec.structs import replace as changed
from papers.values import PaperLocale, RefundPaper
from servicehub_events import Business, Invoice, Payment, RefundNote, RefundNoteIssued, as_event

from billing import errors
from billing.context import Context
from billing.domain.payments import stream_of
from billing.domain.refund_notes import with_note
from billing.handlers.hand_out import hand_out, their_payment, with_news
from billing.store import invoices, kept_papers
from billing.store.kept_papers import REFUND_NOTES, StoredPaper


@dataclass(frozen=True, slots=True)
class MakeOutRefundNote:
    """A contact wants the paper of a refund made out so."""

    business: Business
    viewer: Viewer
    payment_id: str
    refund_id: str
    addressee: str
    locale: PaperLocale


async def make_out_refund_note(ctx: Context, command: MakeOutRefundNote) -> None:
    """Make it out, unless it says the same already. Raises `NotFound` or `NoRefundNote`."""

    async def once() -> None:
        async with ctx.tenant(command.business.business_id) as tx:
            await _make_out(ctx, tx, command)

    await retry_on_conflict(once)


async def _make_out(ctx: Context, tx: Transaction, command: MakeOutRefundNote) -> None:
    version, payment = await their_payment(ctx, tx, command.viewer, command.payment_id)
    note = _note_of(payment, command.refund_id)
    last = await kept_papers.find_paper(tx, ctx.cipher, REFUND_NOTES, command.refund_id)
    if last and (last.paper.addressee, last.paper.locale) == (command.addressee, command.locale):
        return
    if note is None:
        raise errors.NoRefundNote
    copy = changed(note, copies=note.copies + 1)
    issued = as_event(RefundNoteIssued, with_note(payment, command.refund_id, copy))
    origin = Origin(f"contact:{command.viewer.contact_id}")
    await ctx.events.append(tx, stream_of(payment.payment_id), version, [issued], origin)
    now = ctx.clock()
    paper = RefundPaper(
        business=command.business,
        locale=command.locale,
        as_of=now,
        payment=as_event(Payment, issued),
        refund_id=command.refund_id,
        addressee=command.addressee,
        copy=copy.copies,
        made_at=now,
        replaces_made_at=last.paper.made_at if last else None,
        invoices=await _invoices(tx, payment),
    )
    await kept_papers.add_paper(tx, ctx.cipher, REFUND_NOTES, paper, rendition=1)


async def read_refund_note(
    ctx: Context, business: Business, viewer: Viewer, payment_id: str, refund_id: str
) -> tuple[RefundPaper, bytes]:
    """The paper as it was made out last, the same bytes each time. Raises `NotFound` or `PaperAway`."""
    async with ctx.tenant(business.business_id) as tx:
        _, payment = await their_payment(ctx, tx, viewer, payment_id)
        stored = await kept_papers.find_paper(tx, ctx.cipher, REFUND_NOTES, refund_id)
        if stored is None or stored.paper.payment.payment_id != payment_id:
            raise NotFound
        stored = await _as_of_now(ctx, tx, stored, payment)
    return await hand_out(ctx, business.business_id, REFUND_NOTES, stored)


def _note_of(payment: Payment, refund_id: str) -> RefundNote | None:
    """None of a refund that failed since, and of a payment that is being checked."""
    if payment.review is not None:
        return None
    return next((one.note for one in payment.refunds if one.refund_id == refund_id), None)


async def _invoices(tx: Transaction, payment: Payment) -> tuple[Invoice, ...]:
    ids = [part.invoice_id for part in payment.allocations]
    known = await invoices.read_invoices(tx, ids)
    return tuple(known[invoice_id] for invoice_id in ids if invoice_id in known)


async def _as_of_now(
    ctx: Context, tx: Transaction, stored: StoredPaper[RefundPaper], payment: Payment
) -> StoredPaper[RefundPaper]:
    """A refund that failed since makes its paper void: another rendition of the same copy says so."""
    now_failed = any(
        one.refund_id == stored.paper.refund_id and one.status in ("failed", "canceled")
        for one in payment.refund_attempts
    )
    if not now_failed or stored.paper.refund.status in ("failed", "canceled"):
        return stored
    return await with_news(ctx, tx, REFUND_NOTES, stored, payment)
