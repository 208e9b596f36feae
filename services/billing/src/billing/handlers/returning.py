"""Coming back from the processor's page: it is asked at once, so that nobody waits for a webhook."""

from dataclasses import dataclass

import structlog
from chassis.identity.session_tokens import SessionToken
from servicehub_events import Business, Payment

from billing import attempts, errors, queries
from billing.context import Context
from billing.handlers.settling import Because, settle
from billing.payers import payer_of
from billing.ports import Declined, Unreachable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CameBack:
    """The payment as it is known now; `asked` is False when the processor did not answer."""

    payment: Payment
    asked: bool


async def come_back(
    ctx: Context, business: Business, token: SessionToken | None, payment_id: str
) -> CameBack | None:
    """What became of a payment of the one who is signed in; None for any other."""
    try:
        payer = await payer_of(ctx, business, token)
    except (errors.NotSignedIn, errors.NotAllowed):
        return None
    async with ctx.database.tenant(payer.business_id) as connection:
        attempt = await attempts.find(connection, payer.business_id, payment_id)
        payment = await queries.payment(connection, ctx.store, payer.business_id, payment_id)
    if attempt is None or payment is None or attempt.customer_id != payer.customer_id:
        return None
    try:
        return CameBack(await settle(ctx, attempt, Because(f"contact:{payer.contact_id}")), asked=True)
    except (Unreachable, Declined) as error:
        log.warning("return.processor_away", payment_id=payment_id, error=str(error))
        return CameBack(payment, asked=False)
