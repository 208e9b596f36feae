"""Change a portal: its branding, its logo, or whether it is on."""

from chassis.events_out import Origin, retry_on_conflict
from servicehub_events import Business

from branding import store
from branding.context import Context
from branding.domain.portal import Command, decide, published_files, stream_of
from branding.errors import UnknownBusiness


async def change_portal(ctx: Context, command: Command, integration: str) -> Business:
    """Carry out the command of an integration; the state it leads to.

    Raises `UnknownBusiness`, `SlugTaken` or `Conflict`.
    """
    origin = Origin(actor=f"integration:{integration}")

    async def once() -> Business:
        async with ctx.tenant(command.business_id) as tx:
            stream = stream_of(command.business_id)
            version, state = await ctx.events.latest(tx, stream, Business)
            events = decide(command, state)
            for event in events:
                await store.add_slug(tx, event.slug)
            for file in published_files(command) if events else ():
                await store.add_file(tx, file)
            state = await ctx.events.append(tx, stream, version, events, origin) or state
        if state is None:
            raise UnknownBusiness
        return state

    return await retry_on_conflict(once)
