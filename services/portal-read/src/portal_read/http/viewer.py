"""Who is asking, and what they may see: decided anew at each request, from the token and the rows of now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from chassis.identity.session_tokens import SessionToken
from servicehub_events import Business, Contact, Customer, Preferences, Session

from portal_read.read_model import Found
from portal_read.store import decode, decoded

Standing = Literal["signed_in", "anonymous", "portal_off", "access_off"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """`customer` and `contact` are there exactly when somebody is signed in."""

    business: Business
    standing: Standing
    customer: Customer | None = None
    contact: Contact | None = None
    preferences: Preferences | None = None


def judge(token: SessionToken | None, found: Found) -> Visitor | None:
    """The visitor, or None when the business itself is unknown. `found` holds the parts of `queries.WHO`.

    A session whose row has not arrived yet is good: its signature says so, and a sign-in must not bounce.
    """
    business = next(iter(decoded(Business, found["business"])), None)
    if business is None:
        return None
    if not business.enabled:
        return Visitor(business, "portal_off")
    if token is None or token.generation < business.generation:
        return Visitor(business, "anonymous")
    return _of_session(business, token, found)


def _of_session(business: Business, token: SessionToken, found: Found) -> Visitor:
    customer = next(iter(decoded(Customer, found["customer"])), None)
    ended = _ended(token, found)
    if customer is None or ended == "ended":
        return Visitor(business, "anonymous")
    contact = next((c for c in customer.contacts if c.contact_id == token.contact_id), None)
    if not customer.portal_access or contact is None:
        return Visitor(business, "access_off")
    if ended == "withdrawn":
        return Visitor(business, "anonymous")  # access came back meanwhile; the old session does not
    preferences = next(iter(decoded(Preferences, found["preferences"])), None)
    return Visitor(business, "signed_in", customer, contact, preferences)


def _ended(token: SessionToken, found: Found) -> Literal["no", "ended", "withdrawn"]:
    """Whether the session is over, and whether by the business: then the page says so."""
    row = next(iter(found["session"]), None)
    if row is None:
        return "no"
    if row.state is None:
        return "ended"
    session = decode(Session, row)
    if (session.customer_id, session.contact_id) != (token.customer_id, token.contact_id):
        return "ended"
    if session.revoked_at is None:
        return "no"
    return "withdrawn" if session.reason in ("access_withdrawn", "contact_removed") else "ended"


def params_of(business_id: str, token: SessionToken | None) -> Mapping[str, object]:
    """The parameters that `queries.WHO` needs."""
    if token is None:
        return {"business": business_id}
    return {
        "business": business_id,
        "customer": token.customer_id,
        "contact": token.contact_id,
        "session": token.session_id,
    }
