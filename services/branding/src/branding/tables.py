"""The tables beside the event store."""

from sqlalchemy import Column, LargeBinary, MetaData, Table, Text

metadata = MetaData()

slugs = Table(
    "slugs",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("business_id", Text, nullable=False),
)
"""Every slug that a business has or had. Rows are never changed or deleted."""

assets = Table(
    "assets",
    metadata,
    Column("business_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("content_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Published files, old ones included: a page that was cached yesterday still finds its stylesheet."""
