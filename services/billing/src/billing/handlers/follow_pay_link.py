"""Follow a pay link: say what it is for, which does nothing, and take a payment by it, which a post asks for.

Whoever has the link knows the number and the amount of one invoice, and may pay it: nobody is signed in. Kept
cards are their contact's, so that a page that is opened by a link offers none and keeps none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.events_out import Origin
from chassis.identity import SessionToken, Viewer, find_viewer
from chassis.pay_links import PayLink, read_pay_link, sends_pay_links
from servicehub_events import Business, Invoice, Payment

from billing import errors
from billing.context import Context
from billing.domain.pay_links import DUE_NOW, LinkedAmount, is_over, offer_of
from billing.handlers.check_accounts import is_known_unusable
from billing.handlers.come_back import CameBack, settle_in_time
from billing.handlers.settle import read_payment
from billing.handlers.start_checkout import BY_LINK, StartCheckout, ToPay, ToSee, start_online
from billing.store import checkout_sessions, invoices, pay_links
from billing.store.checkout_sessions import CheckoutSession


@dataclass(frozen=True, slots=True)
class FollowedLink:
    """A link that was signed here. `offer` is None once it opens nothing, for whatever reason."""

    link: PayLink
    payer: Viewer
    invoice: Invoice
    offer: LinkedAmount | None


async def follow_link(ctx: Context, business: Business, token: str) -> FollowedLink | None:
    """What a link is for, by the rows of now; None for what is no link of this business.

    It writes nothing, and asks nobody: programs that look through mail follow links, too.
    """
    link = read_pay_link(ctx.settings.pay_link_keys, business.business_id, token)
    if link is None:
        return None
    async with ctx.tenant(business.business_id) as tx:
        invoice = (await invoices.read_invoices(tx, [link.invoice_id])).get(link.invoice_id)
        if invoice is None:
            return None
        payer = await find_viewer(tx, _session_of(link, business, invoice), business)
        ended_at = await pay_links.find_end(tx, invoice.customer_id, invoice.invoice_id)
        (owed,) = await invoices.list_owed(tx, invoice.customer_id, [invoice.invoice_id])
    now = ctx.clock()
    opens = sends_pay_links(business) and payer.may("pay")
    opens = opens and not is_over(datetime.fromtimestamp(link.issued_at, UTC), ended_at, now)
    opens = opens and not await is_known_unusable(ctx, business)
    return FollowedLink(link, payer, invoice, offer_of(business, owed, now) if opens else None)


async def start_by_link(
    ctx: Context, business: Business, token: str, locale: str, tip: int | str | None = None
) -> ToPay | ToSee:
    """Begin or join the payment of what is due now, and of a tip. Raises the `PaymentRefused` errors."""
    followed = await follow_link(ctx, business, token)
    if followed is None or followed.offer is None:
        raise errors.LinkClosed
    named = (followed.invoice.invoice_id,)
    command = StartCheckout(business, followed.payer, named, DUE_NOW, locale, by_link=True, tip=tip)
    outcome = await start_online(ctx, command)
    if isinstance(outcome, ToSee) and not _is_for(outcome.payment, followed.link):
        raise errors.NothingDue  # one of several invoices: what else it pays is nobody's to see here
    return outcome


async def find_by_link(
    ctx: Context, business: Business, token: str, payment_id: str
) -> tuple[PayLink, CheckoutSession, Payment] | None:
    """A payment of the invoice that a link is for, and of no other one, also when the link opens no more."""
    link = read_pay_link(ctx.settings.pay_link_keys, business.business_id, token)
    if link is None:
        return None
    async with ctx.tenant(business.business_id) as tx:
        session = await checkout_sessions.find_session(tx, payment_id)
    payment = await read_payment(ctx, session) if session else None
    if session is None or payment is None or not _is_for(payment, link):
        return None
    return link, session, payment


async def come_back_by_link(ctx: Context, business: Business, token: str, payment_id: str) -> CameBack | None:
    """What became of a payment that a link led to; None when it is for anything else."""
    found = await find_by_link(ctx, business, token, payment_id)
    if found is None:
        return None
    link, session, _ = found
    return await settle_in_time(ctx, session, Origin(f"{BY_LINK}:{link.contact_id}"))


def _session_of(link: PayLink, business: Business, invoice: Invoice) -> SessionToken:
    """The session that its contact would have had since then: a link is judged by the rules for sessions."""
    return SessionToken(
        session_id="",
        business_id=business.business_id,
        generation=link.generation,
        customer_id=invoice.customer_id,
        contact_id=link.contact_id,
        issued_at=link.issued_at,
        expires_at=0,
    )


def _is_for(payment: Payment, link: PayLink) -> bool:
    return [part.invoice_id for part in payment.allocations] == [link.invoice_id]
