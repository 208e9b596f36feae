"""Who is asking, decided anew at each request: from the token, and the rows that were read for the page."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import structlog
from chassis.identity import CustomerAccess, KnownSession, SessionToken, Viewer, ViewerState, who_is_asking
from servicehub_events import Business, Contact, Customer, Preferences, Session

from portal_read.read_model import RowsByPart
from portal_read.store import decode, decode_first

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PageViewer:
    """The viewer with the states behind it: `customer` and `contact` exactly when somebody is signed in."""

    business: Business
    viewer: Viewer
    customer: Customer | None = None
    contact: Contact | None = None
    preferences: Preferences | None = None
    preferences_version: int = 0

    @property
    def state(self) -> ViewerState:
        """Signed in, anonymous, or why the page is closed."""
        return self.viewer.state


def page_viewer(token: SessionToken | None, rows: RowsByPart) -> PageViewer | None:
    """Who is asking, or None when the business itself is unknown. Every statement of the store reads it."""
    business = decode_first(Business, rows["business"])
    if business is None:
        return None
    customer = decode_first(Customer, rows["customer"])
    viewer = who_is_asking(token, business, customer and _access(customer), _session(rows))
    if viewer.state != "signed_in" or customer is None:
        return PageViewer(business, viewer)
    contact = next(contact for contact in customer.contacts if contact.contact_id == viewer.contact_id)
    version = next((row.version for row in rows["preferences"]), 0)
    return PageViewer(business, viewer, customer, contact, _preferences(rows), version)


def _preferences(rows: RowsByPart) -> Preferences | None:
    """None also for those that cannot be read: a page in another language is better than no page."""
    try:
        return decode_first(Preferences, rows["preferences"])
    except msgspec.DecodeError as error:
        (row, *_) = rows["preferences"]
        log.error("row.left_out", table="preferences", key=row.id, version=row.version, exc_info=error)
        return None


def viewer_params(business_id: str, token: SessionToken | None) -> Mapping[str, object]:
    """The parameters that every statement of the store needs."""
    if token is None:
        return {"business": business_id}
    return {
        "business": business_id,
        "customer": token.customer_id,
        "contact": token.contact_id,
        "session": token.session_id,
    }


def _access(customer: Customer) -> CustomerAccess:
    roles = {contact.contact_id: contact.roles for contact in customer.contacts}
    return CustomerAccess(customer.portal_access, roles)


def _session(rows: RowsByPart) -> KnownSession | None:
    """What is known of the session; one of an erased customer is nobody's."""
    row = next(iter(rows["session"]), None)
    if row is None:
        return None
    if row.state is None:
        return KnownSession(None, None, ended=True, reason=None)
    session = decode(Session, row)
    return KnownSession(
        session.customer_id, session.contact_id, session.revoked_at is not None, session.reason
    )
