"""The tables that events of others fill."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, MetaData, Table, Text

metadata = MetaData()

businesses = Table(
    "businesses",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("slug", Text, nullable=False),
    Column("former_slugs", ARRAY(Text), nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("country", Text, nullable=False),
    Column("default_locale", Text, nullable=False),
    Column("locales", ARRAY(Text), nullable=False),
)
customers = Table(
    "customers",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("portal_access", Boolean, nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("locale", Text),
)
