"""What billing knows from others: whose portal, who may pay, and what is owed."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

businesses = Table(
    "businesses",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("slug", Text, nullable=False),
    Column("state", JSONB, nullable=False),
)
customers = Table(
    "customers",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("portal_access", Boolean, nullable=False),
    Column("payers", ARRAY(Text), nullable=False),
    Column("erased", Boolean, nullable=False),
)
"""`payers` are the ids of the contacts who may pay. No name and no address of a person is kept here."""

invoices = Table(
    "invoices",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("state", JSONB),
)
"""`state` is the whole invoice; null once it or its customer was erased."""

ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("session_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
"""Sessions that ended before their time; forgotten when that has come."""
