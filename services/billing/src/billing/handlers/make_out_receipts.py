"""Make out a receipt: to whom and for what is asked once, then it is fixed; to change it is a reissue.

The number was taken when the money came, and stays. Each copy is an event and a row in one transaction.
"""

from dataclasses import dataclass

from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.identity import SessionToken, Viewer
from chassis.refusals import NotFound
from msgspec.structs import replace as changed
from papers.press import PressFailed
from papers.values import PaperLocale, ReceiptPaper
from servicehub_events import Business, Payment, PaymentReceipt, ReceiptIssued, as_event

from billing import errors
from billing.context import Context
from billing.domain.payments import stream_of
from billing.handlers.come_back import find_signed_in
from billing.store import checkout_sessions, invoices, receipts
from billing.store.receipts import StoredReceipt


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
    version, payment = await _their_payment(ctx, tx, command.viewer, command.payment_id)
    last = await receipts.find_receipt(tx, ctx.cipher, command.payment_id)
    if last and _says_the_same(last, command):
        return
    if not payment.may_be_receipted():
        raise errors.NoReceipt
    number = payment.receipt.number if payment.receipt else await receipts.take_number(tx)
    copies = payment.receipt.copies if payment.receipt else 0
    receipt = PaymentReceipt(number=number, copies=copies + 1)
    issued = as_event(ReceiptIssued, payment, receipt=receipt)
    origin = Origin(f"contact:{command.viewer.contact_id}")
    await ctx.events.append(tx, stream_of(payment.payment_id), version, [issued], origin)
    paper = await _paper(ctx, tx, command, issued, receipt, last)
    await receipts.add_receipt(tx, ctx.cipher, paper, rendition=1)


async def read_receipt(
    ctx: Context, business: Business, viewer: Viewer, payment_id: str
) -> tuple[ReceiptPaper, bytes]:
    """The receipt as it was made out last, the same bytes each time. Raises `NotFound` or `ReceiptAway`."""
    async with ctx.tenant(business.business_id) as tx:
        _, payment = await _their_payment(ctx, tx, viewer, payment_id)
        stored = await receipts.find_receipt(tx, ctx.cipher, payment_id)
        if stored is None:
            raise NotFound
        stored = await _with_news(ctx, tx, stored, payment)
    if stored.pdf:
        return stored.paper, stored.pdf
    try:
        pdf = await ctx.press.print(stored.paper)
    except PressFailed as failed:
        raise errors.ReceiptAway from failed
    async with ctx.tenant(business.business_id) as tx:
        await receipts.keep_bytes(tx, ctx.cipher, stored.paper, stored.rendition, pdf)
    return stored.paper, pdf


async def _their_payment(
    ctx: Context, tx: Transaction, viewer: Viewer, payment_id: str
) -> tuple[int, Payment]:
    """A payment of the one who asks, its session locked; that of somebody else is not there."""
    session = await checkout_sessions.lock_session(tx, payment_id)
    version, payment = await ctx.events.latest(tx, stream_of(payment_id), Payment)
    if session is None or payment is None or session.customer_id != viewer.customer_id:
        raise NotFound
    return version, payment


def _says_the_same(last: StoredReceipt, command: MakeOutReceipt) -> bool:
    paper = last.paper
    asked = (command.addressee, command.purpose, command.locale)
    return (paper.addressee, paper.purpose, paper.locale) == asked


async def _paper(  # what one copy is made of
    ctx: Context,
    tx: Transaction,
    command: MakeOutReceipt,
    payment: Payment,
    receipt: PaymentReceipt,
    last: StoredReceipt | None,
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


async def _with_news(ctx: Context, tx: Transaction, stored: StoredReceipt, payment: Payment) -> StoredReceipt:
    """What was taken back since is told on another rendition of the same copy."""
    told = stored.paper.payment
    if (told.refunds, told.dispute) == (payment.refunds, payment.dispute):
        return stored
    paper = changed(stored.paper, payment=as_event(Payment, payment), as_of=ctx.clock())
    await receipts.add_receipt(tx, ctx.cipher, paper, stored.rendition + 1)
    return changed(stored, paper=paper, rendition=stored.rendition + 1, pdf=b"")
