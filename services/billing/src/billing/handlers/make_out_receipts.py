"""Make out a receipt: to whom and for what is asked once, then it is fixed; to change it is a reissue.

The number was taken when the money came, and stays. Each copy is an event and a row in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.identity import SessionToken, Viewer
from chassis.refusals import NotFound
from papers.values import PaperLocale, ReceiptPaper
from servicehub_events import Business, Payment, PaymentReceipt, ReceiptIssued, Refund, as_event

from billing import errors
from billing.context import Context
from billing.domain.payments import stream_of
from billing.handlers.come_back import find_signed_in
from billing.handlers.hand_out import hand_out, their_payment, with_news
from billing.store import invoices, kept_papers
from billing.store.kept_papers import RECEIPTS, StoredPaper


@dataclass(frozen=True, slots=True)
class MakeOutReceipt:
    """A contact wants the receipt of a payment made out so."""

    business: Business
    viewer: Viewer
    payment_id: str
    addressee: str
    purpose: str
    locale: PaperLocale


async def find_reader(ctx: Context, business: Business, token: SessionToken | None) -> Viewer:
    """Who may see what was paid, by the rows of now. Raises `NotSignedIn` or `NotFound`."""
    viewer = await find_signed_in(ctx, business, token)
    if not viewer.may("invoices"):
        raise NotFound
    return viewer


async def make_out_receipt(ctx: Context, command: MakeOutReceipt) -> None:
    """Make it out, unless it says the same already. Raises `NotFound` or `NoReceipt`."""

    async def once() -> None:
        async with ctx.tenant(command.business.business_id) as tx:
            await _make_out(ctx, tx, command)

    await retry_on_conflict(once)


async def _make_out(ctx: Context, tx: Transaction, command: MakeOutReceipt) -> None:
    version, payment = await their_payment(ctx, tx, command.viewer, command.payment_id)
    last = await kept_papers.find_paper(tx, ctx.cipher, RECEIPTS, command.payment_id)
    if last and _says_the_same(last, command):
        return
    if not payment.may_be_receipted():
        raise errors.NoReceipt
    number = payment.receipt.number if payment.receipt else await kept_papers.take_receipt_number(tx)
    copies = payment.receipt.copies if payment.receipt else 0
    receipt = PaymentReceipt(number=number, copies=copies + 1)
    issued = as_event(ReceiptIssued, payment, receipt=receipt)
    origin = Origin(f"contact:{command.viewer.contact_id}")
    await ctx.events.append(tx, stream_of(payment.payment_id), version, [issued], origin)
    paper = await _paper(ctx, tx, command, issued, receipt, last)
    await kept_papers.add_paper(tx, ctx.cipher, RECEIPTS, paper, rendition=1)


async def read_receipt(
    ctx: Context, business: Business, viewer: Viewer, payment_id: str
) -> tuple[ReceiptPaper, bytes]:
    """The receipt as it was made out last, the same bytes each time. Raises `NotFound` or `PaperAway`."""
    async with ctx.tenant(business.business_id) as tx:
        _, payment = await their_payment(ctx, tx, viewer, payment_id)
        stored = await kept_papers.find_paper(tx, ctx.cipher, RECEIPTS, payment_id)
        if stored is None:
            raise NotFound
        stored = await _as_of_now(ctx, tx, stored, payment)
    return await hand_out(ctx, business.business_id, RECEIPTS, stored)


def _says_the_same(last: StoredPaper[ReceiptPaper], command: MakeOutReceipt) -> bool:
    paper = last.paper
    asked = (command.addressee, command.purpose, command.locale)
    return (paper.addressee, paper.purpose, paper.locale) == asked


async def _paper(  # what one copy is made of
    ctx: Context,
    tx: Transaction,
    command: MakeOutReceipt,
    payment: Payment,
    receipt: PaymentReceipt,
    last: StoredPaper[ReceiptPaper] | None,
) -> ReceiptPaper:
    ids = [part.invoice_id for part in payment.allocations]
    owed = await invoices.list_owed(tx, payment.customer_id, ids)
    now = ctx.clock()
    return ReceiptPaper(
        business=command.business,
        locale=command.locale,
        as_of=now,
        payment=as_event(Payment, payment),
        number=receipt.number,
        addressee=command.addressee,
        purpose=command.purpose,
        copy=receipt.copies,
        made_at=now,
        replaces_made_at=last.paper.made_at if last else None,
        invoices=tuple(item.invoice for item in owed),
        payments=tuple(as_event(Payment, other) for other in await invoices.list_payments(tx, ids)),
    )


def _told(refunds: Sequence[Refund]) -> Sequence[object]:
    """What a receipt says of refunds; how often their own papers were made out is none of it."""
    return [(one.refund_id, one.amount, one.at, one.note and one.note.number) for one in refunds]


async def _as_of_now(
    ctx: Context, tx: Transaction, stored: StoredPaper[ReceiptPaper], payment: Payment
) -> StoredPaper[ReceiptPaper]:
    """What was taken back since is told on another rendition of the same copy."""
    told = stored.paper.payment
    now = _told(payment.refunds), payment.tip, payment.disputes
    if (_told(told.refunds), told.tip, told.disputes) == now:
        return stored
    return await with_news(ctx, tx, RECEIPTS, stored, payment)
