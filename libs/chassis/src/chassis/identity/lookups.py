"""What a request asks first: whose portal this is, and who is asking."""

from dataclasses import dataclass
from typing import Final

import msgspec
from servicehub_events import Business, RevocationReason, Role

from chassis.database import Transaction
from chassis.identity.session_tokens import SessionToken
from chassis.identity.viewer import CustomerAccess, KnownSession, Viewer, who_is_asking

_FIND_BUSINESS: Final = "SELECT state FROM businesses WHERE business_id = :business_id"
_FIND_SLUG_OWNER: Final = "SELECT business_id, present_slug FROM slugs WHERE slug = :slug"
_FIND_NAMED: Final = (
    "SELECT c.portal_access, c.contacts, e.session_id IS NOT NULL AS ended,"
    " e.customer_id, e.contact_id, e.reason FROM (SELECT) AS token"
    " LEFT JOIN customers c ON c.business_id = :business_id AND c.customer_id = :customer_id AND NOT c.erased"
    " LEFT JOIN ended_sessions e ON e.business_id = :business_id AND e.session_id = :session_id"
)


@dataclass(frozen=True, slots=True)
class SlugOwner:
    """Whose slug it is; another `present_slug` than the one asked for means that the portal has moved."""

    business_id: str
    present_slug: str


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the customer and the session that a token names."""

    portal_access: bool | None
    contacts: dict[str, tuple[Role, ...] | None] | None
    ended: bool
    customer_id: str | None
    contact_id: str | None
    reason: RevocationReason | None

    @property
    def customer(self) -> CustomerAccess | None:
        return None if self.contacts is None else CustomerAccess(bool(self.portal_access), self.contacts)

    @property
    def session(self) -> KnownSession | None:
        return KnownSession(self.customer_id, self.contact_id, True, self.reason) if self.ended else None


async def find_business(tx: Transaction, business_id: str) -> Business | None:
    """The newest state of a business; None while nothing is known of it."""
    return await tx.value(_FIND_BUSINESS, Business, business_id=business_id)


async def find_slug_owner(tx: Transaction, slug: str) -> SlugOwner | None:
    """The business that a slug, present or former, leads to. Needs no tenant: it is asked to learn which."""
    return await tx.one(_FIND_SLUG_OWNER, SlugOwner, slug=slug)


async def find_viewer(tx: Transaction, token: SessionToken | None, business: Business) -> Viewer:
    """Who is asking at a business, from a verified token and the rows of now."""
    if token is None:
        return who_is_asking(None, business, None, None)
    ids = {"customer_id": token.customer_id, "session_id": token.session_id}
    named = await tx.one(_FIND_NAMED, _Named, business_id=business.business_id, **ids)
    return who_is_asking(token, business, named and named.customer, named and named.session)
