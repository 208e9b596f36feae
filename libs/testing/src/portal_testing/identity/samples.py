"""Events and tokens of the laws: two businesses, and ids that are the same in both."""

from collections.abc import Mapping
from datetime import timedelta

from chassis.identity import SessionToken
from servicehub_events import (
    BrandingRevised,
    Contact,
    CustomerErased,
    CustomerRevised,
    RevocationReason,
    Role,
    SessionRevoked,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

from portal_testing.clock import AT

EXPIRES = AT + timedelta(days=1)
ALL: Mapping[str, tuple[Role, ...] | None] = {"co-1": None}
"""One contact with every role."""


def business(
    business_id: str = "b-1",
    slug: str = "home",
    *former: str,
    enabled: bool = True,
    generation: int = 1,
) -> BrandingRevised:
    """A business's portal, at its present and its former slugs."""
    changes = {"slug": slug, "former_slugs": former, "enabled": enabled, "generation": generation}
    return as_event(BrandingRevised, samples.business(), business_id=business_id, **changes)


def customer(
    customer_id: str = "cu-1",
    *,
    business_id: str = "b-1",
    access: bool = True,
    contacts: Mapping[str, tuple[Role, ...] | None] = ALL,
) -> CustomerRevised:
    """A customer whose contacts have these roles."""
    people = tuple(Contact(contact_id=key, name=f"Name of {key}", roles=of) for key, of in contacts.items())
    key = {"business_id": business_id, "customer_id": customer_id}
    return as_event(CustomerRevised, samples.customer(), **key, portal_access=access, contacts=people)


def erased(customer_id: str = "cu-1", *, business_id: str = "b-1") -> CustomerErased:
    """The erasure of a customer."""
    return CustomerErased(business_id=business_id, customer_id=customer_id)


def signed_in(
    session_id: str = "se-1",
    *,
    business_id: str = "b-1",
    customer_id: str = "cu-1",
    contact_id: str = "co-1",
) -> SignedIn:
    """A session that begins."""
    key = {"business_id": business_id, "session_id": session_id}
    ids = {"customer_id": customer_id, "contact_id": contact_id}
    return as_event(SignedIn, samples.session(), **key, **ids, issued_at=AT, expires_at=EXPIRES)


def ended(session: SignedIn, reason: RevocationReason = "signed_out") -> SessionRevoked:
    """The same session, ended before its time."""
    return as_event(SessionRevoked, session, revoked_at=AT, reason=reason)


def token(
    session_id: str = "se-1",
    *,
    business_id: str = "b-1",
    customer_id: str = "cu-1",
    contact_id: str = "co-1",
    generation: int = 1,
) -> SessionToken:
    """What the browser of such a session holds."""
    return SessionToken(
        session_id=session_id,
        business_id=business_id,
        customer_id=customer_id,
        contact_id=contact_id,
        generation=generation,
        issued_at=int(AT.timestamp()),
        expires_at=int(EXPIRES.timestamp()),
    )
