"""From an event to the rows that a service keeps of it. Pure.

Erasure outranks every version, so an erased customer stays erased in whatever order events arrive.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from servicehub_events import (
    LARGEST_SEQUENCE,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Session,
    encode_event,
)

Row = Mapping[str, object]
"""Values by column name, as `chassis.database.upsert` takes them."""


class BusinessRows(NamedTuple):
    """A business, and the slugs that lead to it: each counts while its version is that of the business."""

    business: Row
    slugs: tuple[Row, ...]


def business_rows(envelope: Envelope) -> BusinessRows | None:
    """The rows of a business's state; None for any other event."""
    event = envelope.event
    if not isinstance(event, Business):
        return None
    key = {"business_id": event.business_id, "version": envelope.sequence}
    slugs = tuple({**key, "slug": slug} for slug in (event.slug, *event.former_slugs))
    return BusinessRows({**key, "state": msgspec.Raw(encode_event(event))}, slugs)


def customer_row(envelope: Envelope) -> Row | None:
    """The row of a customer, without a name or an address; None for any other event."""
    match envelope.event:
        case Customer() as event:
            contacts = {contact.contact_id: contact.roles for contact in event.contacts}
            version, access, erased = envelope.sequence, event.portal_access, False
        case CustomerErased() as event:
            contacts, version, access, erased = {}, LARGEST_SEQUENCE, False, True
        case _:
            return None
    return {
        "business_id": event.business_id,
        "customer_id": event.customer_id,
        "version": version,
        "portal_access": access,
        "erased": erased,
        "contacts": contacts,
    }


def session_end_row(envelope: Envelope) -> Row | None:
    """The row of a session that ended before its time; None for one that goes on, and for any other event."""
    event = envelope.event
    if not isinstance(event, Session) or event.revoked_at is None:
        return None
    return {
        "business_id": event.business_id,
        "session_id": event.session_id,
        "version": envelope.sequence,
        "expires_at": event.expires_at,
        "customer_id": event.customer_id,
        "contact_id": event.contact_id,
        "reason": event.reason,
    }
