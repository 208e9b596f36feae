"""Come back from the processor's page: it is asked at once, so that nobody waits for a webhook."""

from dataclasses import dataclass

import structlog
from chassis.events_out import Origin
from chassis.identity.session_tokens import SessionToken
from servicehub_events import Business, Payment

from billing import errors
from billing.context import Context
from billing.handlers.settle import read_payment, settle
from billing.store import checkout_sessions, payers

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


@dataclass(frozen=True, slots=True)
class Payer:
    """Who is signed in, and at which business."""

    business: Business
    customer_id: str
    contact_id: str

    @property
    def business_id(self) -> str:
        """The tenant."""
        return self.business.business_id


async def come_back(ctx: Context, command: ComeBack) -> CameBack | None:
    """What became of a payment of the one who is signed in; None for any other."""
    try:
        payer = await find_payer(ctx, command.business, command.token)
    except (errors.NotSignedIn, errors.NotAllowed):
        return None
    async with ctx.tenant(payer.business_id) as tx:
        session = await checkout_sessions.find_session(tx, command.payment_id)
    if session is None or session.customer_id != payer.customer_id:
        return None
    try:
        payment = await settle(ctx, session, Origin(f"contact:{payer.contact_id}"))
    except (errors.ProcessorUnreachable, errors.ProcessorDeclined) as error:
        log.warning("return.processor_away", payment_id=session.payment_id, error=str(error))
        return CameBack(await read_payment(ctx, session), confirmed=False)
    return CameBack(payment, confirmed=True)


async def find_payer(ctx: Context, business: Business, token: SessionToken | None) -> Payer:
    """The payer behind a session, by the rows of now: a token says who somebody is, never what they may do.

    Raises `NotSignedIn` or `NotAllowed`.
    """
    if token is None or token.generation < business.generation or not business.enabled:
        raise errors.NotSignedIn
    async with ctx.tenant(business.business_id) as tx:
        rights = await payers.find_payer_rights(tx, token.customer_id, token.contact_id, token.session_id)
    if rights is None or rights.session_ended or not rights.has_access:
        raise errors.NotSignedIn
    if not rights.may_pay:
        raise errors.NotAllowed
    return Payer(business, token.customer_id, token.contact_id)
