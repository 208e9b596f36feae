"""What the worker asks its own tables."""

import msgspec
from servicehub_events import Business
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_BUSINESS = text("SELECT state::text FROM businesses WHERE business_id = :business_id")


async def business(connection: AsyncConnection, business_id: str) -> Business | None:
    """A business as it was last heard of; None while nothing was."""
    found = (await connection.execute(_BUSINESS, {"business_id": business_id})).scalar()
    return msgspec.json.decode(found, type=Business) if isinstance(found, str) else None
