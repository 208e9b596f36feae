"""`POST /portal/{slug}/seen`: what the dashboard showed a contact is what they last saw."""

import hashlib

import msgspec
from chassis.web import read_fields
from servicehub_events import Appointment, Invoice
from starlette.requests import Request
from starlette.responses import Response

from portal_read import store, visitor
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.appointments import appointment_params
from portal_read.http.page_request import PageRequest, open_page
from portal_read.http.signed_in import turned_away
from portal_read.pages import Snapshot, snapshot_of, with_new_visits
from portal_read.store import decode_all

_SHOWN = ("upcoming", "cancelled", "unpaid")


class SeenForm(msgspec.Struct, frozen=True):
    """Which rows the page showed; `all` when the contact says that they saw what changed."""

    shown: str = ""
    all: bool = False


async def seen(ctx: Context, request: Request) -> Response:
    """Keep what was shown, unless it has changed since: then the page says so first."""
    form = await read_fields(request, SeenForm)
    page = await open_page(ctx, request, store.DASHBOARD, appointment_params(ctx))
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    if form.shown == shown_rows(page):
        await _keep(ctx, page, _snapshot(page, everything=form.all))
    return answers.redirect(page.context.home)


def shown_rows(page: PageRequest) -> str:
    """A short text that stands for the rows of which changes are told, in their versions."""
    rows = sorted(f"{part}/{row.id}/{row.version}" for part in _SHOWN for row in page.rows[part])
    return hashlib.blake2b("\n".join(rows).encode(), digest_size=12).hexdigest()


def _snapshot(page: PageRequest, *, everything: bool) -> Snapshot:
    """Of what the contact may see."""
    rows, may_see = page.rows, page.context.may_see
    ahead = [*rows["upcoming"], *rows["cancelled"]] if may_see("visits") else []
    visits = decode_all(Appointment, ahead)
    invoices = decode_all(Invoice, rows["unpaid"] if may_see("invoices") else [])
    return (
        snapshot_of(visits, invoices) if everything else with_new_visits(page.context.seen, visits, invoices)
    )


async def _keep(ctx: Context, page: PageRequest, snapshot: Snapshot) -> None:
    business_id, viewer = page.context.business.business_id, page.viewer.viewer
    owner = visitor.ContactKey(business_id, viewer.customer_id, viewer.contact_id)
    version = int(ctx.clock().timestamp() * 1_000_000)
    sealed = ctx.read_model.cipher.seal(
        visitor.SNAPSHOTS, business_id, owner.key, version, msgspec.json.encode(snapshot)
    )
    async with ctx.database.tenant(business_id) as tx:
        await visitor.keep_snapshot(tx, await ctx.read_model.schema(), owner, version, sealed)
