"""Who may pay, read from the rows of now: a token says who somebody is, never what they may do."""

from chassis.identity.session_tokens import SessionToken
from servicehub_events import Business

from billing import errors, queries
from billing.commands import Payer
from billing.context import Context


async def payer_of(ctx: Context, business: Business, token: SessionToken | None) -> Payer:
    """The payer behind a session. Raises `NotSignedIn` or `NotAllowed`."""
    if token is None or token.generation < business.generation or not business.enabled:
        raise errors.NotSignedIn
    async with ctx.database.tenant(business.business_id) as connection:
        standing = await queries.standing(
            connection, business.business_id, token.customer_id, token.contact_id, token.session_id
        )
    if standing.ended or not standing.inside:
        raise errors.NotSignedIn
    if not standing.may_pay:
        raise errors.NotAllowed
    return Payer(business, token.customer_id, token.contact_id)
