"""What is asked of the database without changing it."""

from chassis.database import Transaction
from chassis.database.database import Database
from chassis.events_out.event_store import EventStore
from chassis.web import NotFound
from servicehub_events import Business
from sqlalchemy import select

from branding.assets import CONTENT_TYPES, Asset, FileName
from branding.domain import stream_of
from branding.errors import UnknownBusiness
from branding.tables import assets, slugs


async def business(business_id: str, database: Database, store: EventStore) -> Business:
    """A business's present state. Raises `UnknownBusiness`."""
    async with database.tenant(business_id) as connection:
        _, state = await store.latest(Transaction(connection, business_id), stream_of(business_id), Business)
    if state is None:
        raise UnknownBusiness
    return state


async def asset(slug: str, wanted: FileName, database: Database) -> Asset:
    """A published file below a present or former slug. Raises `NotFound`."""
    async with database.transaction() as connection:
        business_id = await connection.scalar(select(slugs.c.business_id).where(slugs.c.slug == slug))
    if business_id is None:
        raise NotFound
    query = select(assets.c.body).where(
        assets.c.business_id == business_id,
        assets.c.name == wanted.name,
        assets.c.hash == wanted.hash,
        assets.c.content_type == CONTENT_TYPES[wanted.extension],
    )
    async with database.tenant(business_id) as connection:
        body = await connection.scalar(query)
    if body is None:
        raise NotFound
    return Asset(wanted.name, wanted.extension, body)
