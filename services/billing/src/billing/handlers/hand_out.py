"""Hand out a paper that was made out: the same bytes each time, typeset when it is first asked for."""

from dataclasses import replace

from chassis.database import Transaction
from chassis.identity import Viewer
from chassis.refusals import NotFound
from msgspec.structs import replace as changed
from papers.press import PressFailed
from servicehub_events import Payment, as_event

from billing import errors
from billing.context import Context
from billing.domain.payments import stream_of
from billing.store import checkout_sessions, kept_papers
from billing.store.kept_papers import P, PaperTable, StoredPaper


async def hand_out(
    ctx: Context, business_id: str, table: PaperTable[P], stored: StoredPaper[P]
) -> tuple[P, bytes]:
    """The paper and its bytes, which are kept. Raises `PaperAway`."""
    if stored.pdf:
        return stored.paper, stored.pdf
    try:
        pdf = await ctx.press.print(stored.paper)
    except PressFailed as failed:
        raise errors.PaperAway from failed
    async with ctx.tenant(business_id) as tx:
        await kept_papers.keep_bytes(tx, ctx.cipher, table, stored, pdf)
    return stored.paper, pdf


async def with_news(
    ctx: Context, tx: Transaction, table: PaperTable[P], stored: StoredPaper[P], payment: Payment
) -> StoredPaper[P]:
    """Another rendition of the same copy, which says what became of its payment since."""
    paper = changed(stored.paper, payment=as_event(Payment, payment), as_of=ctx.clock())
    await kept_papers.add_paper(tx, ctx.cipher, table, paper, stored.rendition + 1)
    return replace(stored, paper=paper, rendition=stored.rendition + 1, pdf=b"")


async def their_payment(
    ctx: Context, tx: Transaction, viewer: Viewer, payment_id: str
) -> tuple[int, Payment]:
    """A payment of the one who asks, its session locked; that of somebody else is not there."""
    session = await checkout_sessions.lock_session(tx, payment_id)
    version, payment = await ctx.events.latest(tx, stream_of(payment_id), Payment)
    if session is None or payment is None or session.customer_id != viewer.customer_id:
        raise NotFound
    return version, payment
