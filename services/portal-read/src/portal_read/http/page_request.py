"""A request for a page: whose portal, who is asking, what was read for them, in which language."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
import structlog
from chassis.identity import SessionToken, needs_second_proof
from chassis.origins import origin_of
from chassis.web import cookies
from servicehub_events import Autopay, Business
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.domain.request_form import RequestForm
from portal_read.http import answers, own_domain
from portal_read.http.flash import read_flash
from portal_read.http.just_paid import NOTHING, JustPaid, read_just_paid
from portal_read.http.language import locale_of, locale_without_business
from portal_read.http.viewer import PageViewer, page_viewer, viewer_params
from portal_read.pages import FlashMessage, PageContext, Snapshot
from portal_read.read_model import UNAVAILABLE, RowsByPart

log = structlog.get_logger(__name__)
_ID: Final = re.compile(r"[^/\x00-\x1f\x7f]{1,64}\Z")

Params = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`rows` holds what was read, by part, `params` what was asked for.

    `context` is what the page is made from, `typed` what the last form held, `form` what the one held that
    this page answers.
    """

    request: Request
    viewer: PageViewer
    rows: RowsByPart
    token: SessionToken | None
    context: PageContext
    params: Params
    just_paid: JustPaid
    typed: str = ""
    form: RequestForm | None = None


async def open_page(
    ctx: Context, request: Request, statement: bytes, params: Params | None = None
) -> PageRequest | Response:
    """Read everything a page needs.

    Answers by itself for a portal that is unknown, also if at this host alone, for one that moved or is off,
    and without a database. Raises `Unavailable` when not even the brand is known then.
    """
    try:
        return await _open(ctx, request, statement, params or {})
    except UNAVAILABLE as error:
        return answers.database_away(ctx, request, error)


async def _open(ctx: Context, request: Request, statement: bytes, params: Params) -> PageRequest | Response:
    slug = str(request.path_params["slug"])
    for _ in range(2):  # a second time when the directory turns out to be out of date
        owner = await ctx.slugs.find(slug)
        if owner is None:
            break
        token = ctx.verifier.verify(request.cookies, owner.business_id)
        just_paid = read_just_paid(ctx, request, owner.business_id) if token else NOTHING
        paid = sorted({invoice_id for ids in just_paid.values() for invoice_id in ids})
        values = {**viewer_params(owner.business_id, token), "just_paid": paid, **params}
        rows = await ctx.read_model.page(owner.business_id, statement if token else store.NOBODY, values)
        viewer = page_viewer(token, rows)
        if viewer and not own_domain.is_found(ctx, request, viewer.business):
            break
        if viewer and viewer.business.slug == slug:
            if own_domain.lives_elsewhere(request, viewer.business):
                return own_domain.led_home(ctx, request, viewer.business)
            ctx.slugs.remember(viewer.business)
            flash, typed = read_flash(ctx, request)
            context = _context(ctx, request, viewer, token, flash, rows)
            if viewer.state == "portal_off":
                return answers.html(pages.portal_off(context), 403)
            return PageRequest(request, viewer, rows, token, context, values, just_paid, typed)
        if viewer and viewer.business.slug == owner.present_slug:
            return moved(request, slug, owner.present_slug)
        ctx.slugs.forget(slug)
    return answers.html(pages.unknown_business(locale_without_business(request)), 404)


def _context(
    ctx: Context,
    request: Request,
    viewer: PageViewer,
    token: SessionToken | None,
    flash: FlashMessage | None,
    rows: RowsByPart,
) -> PageContext:
    now, inside = ctx.clock(), viewer.state == "signed_in"
    return PageContext(
        business=viewer.business,
        locale=locale_of(viewer, request, ctx.settings.cookie_signing_keys if inside else None),
        now=now,
        path=answers.asked_path(request),
        as_of=ctx.freshness.as_of if inside else None,
        stale=inside and ctx.freshness.stale(now),
        customer=viewer.customer,
        contact=viewer.contact,
        flash=flash,
        live_url=f"/portal/{viewer.business.slug}/live" if inside else None,
        worker_url=f"/portal/{viewer.business.slug}/sw.js" if inside and ctx.settings.offline_page else None,
        reader=_reader_of(token) if inside and token else "",
        image_origin=ctx.settings.image_origin or None,
        origin=origin_of(viewer.business, ctx.settings.public_origin),
        pays_online=inside and _pays_online(ctx, viewer.business),
        switches=inside and _switches(ctx, request, viewer.business),
        seen=_read_snapshot(rows) if inside else None,
        autopay=_read_autopay(rows) if inside else None,
        second_proof=inside and needs_second_proof(viewer.business, token, now),
    )


def _reader_of(token: SessionToken) -> str:
    """What a page and the browser's own note of who is signed in are compared by: it names nobody."""
    return hashlib.blake2b(token.session_id.encode(), digest_size=4).hexdigest()


def _read_snapshot(rows: RowsByPart) -> Snapshot | None:
    """What the contact last saw; None also when it cannot be read, which costs only a notice."""
    row = next(iter(rows["seen"]), None)
    if row is None or not row.state:
        return None
    try:
        return msgspec.json.decode(row.state, type=Snapshot)
    except msgspec.DecodeError as error:
        log.error("row.left_out", table="snapshots", key=row.id, version=row.version, exc_info=error)
        return None


def _read_autopay(rows: RowsByPart) -> Autopay | None:
    """What pays by itself; None also when it cannot be read, which costs only a word of it."""
    row = next(iter(rows["autopay"]), None)
    if row is None or not row.state:
        return None
    try:
        return store.decode(Autopay, row)
    except msgspec.DecodeError as error:
        log.error("row.left_out", table="autopays", key=row.id, version=row.version, exc_info=error)
        return None


def id_in(request: Request) -> str:
    """The id in the path, or nothing when no id reads like that."""
    return read_id(str(request.path_params["id"]))


def read_id(text: str) -> str:
    """The text, or nothing when no id reads like that."""
    return text if _ID.match(text) else ""


def path_and_query(request: Request) -> str:
    """Where the reader is, to come back to."""
    path = answers.asked_path(request)
    return f"{path}?{request.url.query}" if request.url.query else path


def without_id(page: PageRequest) -> PageContext:
    """The context of a page that must not depend on the id that was asked for."""
    return replace(page.context, path=page.context.root, live_url=None)


def read_moment(text: str) -> datetime | None:
    """An aware time from a query string, or None."""
    if not text:  # most pages are asked for without one, and an exception costs more than the question
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _pays_online(ctx: Context, business: Business) -> bool:
    return business.stripe_account is not None and ctx.online_payments.enabled(business.business_id)


def _switches(ctx: Context, request: Request, business: Business) -> bool:
    keys = ctx.settings.cookie_signing_keys
    return cookies.several_accounts(keys, business.business_id).read(request.cookies) is not None


def moved(request: Request, slug: str, present: str) -> Response:
    """A former slug: the same page under the present one, for good."""
    rest = answers.asked_path(request).removeprefix(f"/portal/{slug}")
    query = f"?{request.url.query}" if request.url.query else ""
    return answers.redirect(f"/portal/{present}{rest}{query}", 301)
