"""`portal business show`: how a business's portal stands, as every other service is told."""

from typing import Annotated

import msgspec
import typer
from chassis.commands.environment import EXIT_CODES, fail, run, say_facts, say_json
from chassis.settings import load
from servicehub_events import Business

from branding import store
from branding.context import Context
from branding.errors import UnknownBusiness
from branding.handlers.read_portal import ReadPortal, read_portal
from branding.service import build
from branding.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="Portals of businesses. Run it in branding's worker.", epilog=EXIT_CODES
)


@app.callback()
def _group() -> None:
    """A group, though it has one command."""


@app.command(epilog=EXIT_CODES)
def show(
    business: Annotated[str, typer.Argument(help="Its id, or a slug that it has or had.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The whole state as JSON, for machines.")] = False,
) -> None:
    """Tell whether a business's portal is on, where it is, and what it may do.

    Exit code 1 when branding does not know it.
    """
    state = run(_find(business)) or fail(f"branding knows no business and no slug {business}.")
    if as_json:
        say_json(msgspec.to_builtins(state))
    else:
        say_facts(_facts(state))


async def _find(named: str) -> Business | None:
    ctx = build(load(Settings))
    try:
        async with ctx.all_tenants() as tx:
            owner = await store.find_slug_holder(tx, named)
        return await _read(ctx, named) or (await _read(ctx, owner) if owner else None)
    finally:
        await ctx.close()


async def _read(ctx: Context, business_id: str) -> Business | None:
    try:
        return await read_portal(ctx, ReadPortal(business_id))
    except UnknownBusiness:
        return None


def _facts(state: Business) -> dict[str, str]:
    return {
        "business": state.business_id,
        "name": state.name,
        "portal": f"{'on' if state.enabled else 'off'}, generation {state.generation}",
        "slug": ", ".join([state.slug, *(f"formerly {slug}" for slug in state.former_slugs)]),
        "domain": f"{state.domain}, {state.domain_check.status}" if state.domain_check else "none of its own",
        "languages": f"{', '.join(state.locales)}; {state.default_locale} unless asked for another",
        "money": f"{state.currency}, {state.country}",
        "paid online": f"into {state.stripe_account}" if state.stripe_account else "no: it has no account",
        "time zone": state.time_zone,
        "reminders": ", ".join(f"{hours} h before" for hours in state.reminders.hours_before) or "none",
    }
