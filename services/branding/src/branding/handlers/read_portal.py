"""Read a portal's state, or one of its published files."""

from dataclasses import dataclass

from chassis.refusals import NotFound
from servicehub_events import Business

from branding import store
from branding.context import Context
from branding.domain.portal import stream_of
from branding.domain.published_file import FileName, PublishedFile
from branding.errors import UnknownBusiness


@dataclass(frozen=True, slots=True)
class ReadPortal:
    """Show the state of a business's portal."""

    business_id: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Serve a file below a present or former slug, on the platform or on a `domain` of that business."""

    slug: str
    name: FileName
    domain: str | None = None


async def read_portal(ctx: Context, command: ReadPortal) -> Business:
    """The present state. Raises `UnknownBusiness`."""
    async with ctx.tenant(command.business_id) as tx:
        _, state = await ctx.events.latest(tx, stream_of(command.business_id), Business)
    if state is None:
        raise UnknownBusiness
    return state


async def read_file(ctx: Context, command: ReadFile) -> PublishedFile:
    """The file. Raises `NotFound`."""
    async with ctx.all_tenants() as tx:
        business_id = await store.find_slug_owner(tx, command.slug)
        elsewhere = command.domain and not await store.is_domain_of(tx, command.domain, business_id or "")
    if business_id is None or elsewhere:
        raise NotFound
    async with ctx.tenant(business_id) as tx:
        file = await store.find_file(tx, command.name)
    if file is None:
        raise NotFound
    return file
