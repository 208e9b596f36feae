"""The tables that events of others fill, as SQLAlchemy knows them."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, LargeBinary, MetaData, Table, Text, text
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
    Column("erased", Boolean, nullable=False),
    Column("contact_ids", ARRAY(Text), nullable=False),
    Column("people", LargeBinary),
)
preferences = Table(
    "preferences",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("locale", Text),
    Column("kinds", JSONB, nullable=False),
)
subjects = Table(
    "subjects",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("state", JSONB),
    Column("news_version", BigInteger, nullable=False, server_default=text("0")),
)
