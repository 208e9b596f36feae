"""The tables of what others say about businesses, customers and sessions, the same in every service.

No name and no address of a person is in them: a service that needs addresses has a table of its own for them.
"""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

businesses = Table(
    "businesses",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("state", JSONB, nullable=False),
)
business_slugs = Table(
    "business_slugs",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""Present and former slugs; each counts only while its version is that of its business."""

customers = Table(
    "customers",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("portal_access", Boolean, nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("contacts", JSONB, nullable=False),
)
"""`contacts` holds each contact's roles by id, null for all of them; empty once the customer was erased."""

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("session_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("customer_id", Text),
    Column("contact_id", Text),
    Column("reason", Text),
)
"""Sessions that ended before their time, kept until it has come: only then is their token dead by itself."""
