"""Requests of customers: the streams that hold them, encrypted, and by whom and about what they are found."""

from typing import Final

from alembic import op
from chassis.database.migrations import outbox_5, protect_1, sealed_events_1

revision = "0009"
down_revision = "0008"

_REQUESTS: Final = """
CREATE TABLE visitor.requests (
    business_id text NOT NULL,
    id text NOT NULL,
    customer_id text NOT NULL,
    contact_id text NOT NULL,
    kind text NOT NULL,
    appointment_id text,
    sent_at timestamptz NOT NULL,
    withdrawn boolean NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (business_id, id)
)
"""
_INDEX: Final = "CREATE INDEX requests_of_customer ON visitor.requests (business_id, customer_id, sent_at)"


def upgrade() -> None:
    sealed_events_1("portal_read")
    op.execute(_REQUESTS)
    op.execute(_INDEX)
    protect_1(
        "visitor.requests", "portal_read", web="SELECT, INSERT, UPDATE", worker="SELECT, UPDATE, DELETE"
    )
    outbox_5("portal_read", "portal.rejections.v1", "portal.requests.v1")
