"""The tables that events of others fill."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, MetaData, Table, Text

metadata = MetaData()

businesses = Table(
    "businesses",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("version", BigInteger),
    Column("slug", Text),
    Column("former_slugs", ARRAY(Text)),
    Column("enabled", Boolean),
    Column("generation", BigInteger),
    Column("country", Text),
    Column("default_locale", Text),
    Column("locales", ARRAY(Text)),
)
customers = Table(
    "customers",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("version", BigInteger),
    Column("portal_access", Boolean),
    Column("erased", Boolean),
    Column("locale", Text),
)
