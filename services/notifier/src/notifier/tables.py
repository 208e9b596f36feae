"""The notifier's tables, as SQLAlchemy knows them."""

from sqlalchemy import BigInteger, Column, MetaData, Table, Text
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
