"""Come back from the processor's page: it is asked at once, so that nobody waits for a webhook."""

from dataclasses import dataclass

import structlog
from chassis.events_out import Origin
from chassis.identity import SessionToken, Viewer, find_viewer
from chassis.refusals import NotSignedIn
from servicehub_events import Business, Payment

from billing import errors
from billing.context import Context
from billing.handlers.in_time import in_time
from billing.handlers.settle import read_payment, settle
from billing.store import checkout_sessions
from billing.store.checkout_sessions import CheckoutSession

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ComeBack:
    """A browser returns from the page of this payment, with this session."""

    business: Business
    token: SessionToken | None
    payment_id: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """The payment as it is known now; `confirmed` is False when the processor did not answer."""

    payment: Payment
    confirmed: bool


async def come_back(ctx: Context, command: ComeBack) -> CameBack | None:
    """What became of a payment of the one who is signed in; None for any other. Raises `NotSignedIn`."""
    async with ctx.tenant(command.business.business_id) as tx:
        payer = await find_viewer(tx, command.token, command.business)
        if payer.state == "anonymous":
            raise NotSignedIn
        if not payer.may("pay"):
            return None
        session = await checkout_sessions.find_session(tx, command.payment_id)
    if session is None or session.customer_id != payer.customer_id:
        return None
    return await settle_in_time(ctx, session, Origin(f"contact:{payer.contact_id}"))


async def settle_in_time(ctx: Context, session: CheckoutSession, origin: Origin) -> CameBack:
    """Ask the processor, as long as a person waits."""
    try:
        payment = await in_time(ctx, settle(ctx, session, origin))
    except (errors.ProcessorUnreachable, errors.ProcessorDeclined, TimeoutError) as error:
        log.warning("return.processor_away", payment_id=session.payment_id, error=str(error))
        return CameBack(await read_payment(ctx, session), confirmed=False)
    return CameBack(payment, confirmed=True)


async def find_payer(ctx: Context, business: Business, token: SessionToken | None) -> Viewer:
    """Who pays, by the rows of now: a token says who somebody is, never what they may do.

    Raises `NotSignedIn` or `NotAllowed`.
    """
    viewer = await find_signed_in(ctx, business, token)
    if not viewer.may("pay"):
        raise errors.NotAllowed
    return viewer


async def find_signed_in(ctx: Context, business: Business, token: SessionToken | None) -> Viewer:
    """Who is signed in, by the rows of now. Raises `NotSignedIn`."""
    async with ctx.tenant(business.business_id) as tx:
        viewer = await find_viewer(tx, token, business)
    if viewer.state != "signed_in":
        raise NotSignedIn
    return viewer
