"""From a request to a visit: whose portal, who is asking, what was read for them, in which language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chassis.identity.session_tokens import SessionToken
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, queries
from portal_read.access import Visitor, judge, params_of
from portal_read.languages import locale_of, locale_without_business
from portal_read.pages import Notice, PageContext
from portal_read.portal import Portal
from portal_read.read_model import Found
from portal_read.web import answers
from portal_read.web.paying import NOTHING, Paying, paying_of

_SLUG: Final = re.compile(r"[a-z0-9-]{1,63}\Z")
_ID: Final = re.compile(r"[^/\x00-\x1f\x7f]{1,64}\Z")

Params = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Visit:
    """`found` holds the rows by part, `params` what was asked for.

    `typed` is what the last form held, `paying` what this browser has just paid.
    """

    request: Request
    visitor: Visitor
    found: Found
    token: SessionToken | None
    ctx: PageContext
    params: Params
    paying: Paying
    typed: str = ""


async def arrive(portal: Portal, request: Request, statement: bytes, params: Params | None = None) -> Visit:
    """Read everything a page needs. Raises `Answered` for an unknown or moved portal, and one that is off."""
    slug = str(request.path_params["slug"])
    for _ in range(2):  # a second time when the directory turns out to be out of date
        address = await portal.directory.find(slug) if _SLUG.match(slug) else None
        if address is None:
            break
        token = portal.verifier.verify(request.cookies, address.business_id)
        paying = paying_of(portal, request, address.business_id) if token else NOTHING
        named = sorted({key for ids in paying.values() for key in ids})
        asked = {**params_of(address.business_id, token), "paying": named, **(params or {})}
        wanted = statement if token else queries.NOBODY
        found = await portal.read_model.page(address.business_id, wanted, asked)
        visitor = judge(token, found)
        if visitor and visitor.business.slug == slug:
            return _let_in(portal, _visit(portal, request, visitor, found, token, asked, paying))
        if visitor and visitor.business.slug == address.present_slug:
            raise answers.Answered(_moved(request, slug, address.present_slug))
        portal.directory.forget(slug)
    page = pages.unknown_business(locale_without_business(request))
    raise answers.Answered(answers.html(page, 404))


def _let_in(portal: Portal, visit: Visit) -> Visit:
    portal.directory.saw(visit.visitor.business)
    if visit.visitor.standing == "portal_off":
        raise answers.Answered(answers.html(pages.portal_off(visit.ctx), 403))
    return visit


def id_in(request: Request) -> str:
    """The id in the path, or nothing when no id reads like that."""
    return read_id(str(request.path_params["id"]))


def read_id(text: str) -> str:
    """The text, or nothing when no id reads like that."""
    return text if _ID.match(text) else ""


def path_and_query(request: Request) -> str:
    """Where the reader is, to come back to."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def without_id(visit: Visit) -> PageContext:
    """The context of a page that must not depend on the id that was asked for."""
    return replace(visit.ctx, path=visit.ctx.root, live_url=None)


def _visit(
    portal: Portal,
    request: Request,
    visitor: Visitor,
    found: Found,
    token: SessionToken | None,
    params: Params,
    paying: Paying,
) -> Visit:
    now = portal.clock()
    notice, typed = _flashed(portal, request)
    inside = visitor.standing == "signed_in"
    ctx = PageContext(
        business=visitor.business,
        locale=locale_of(visitor, request),
        now=now,
        path=request.url.path,
        as_of=portal.pulse.as_of if inside else None,
        stale=inside and portal.pulse.stale(now),
        customer=visitor.customer,
        contact=visitor.contact,
        notice=notice,
        live_url=f"/portal/{visitor.business.slug}/live" if inside else None,
        image_origin=portal.settings.image_origin or None,
        pays_online=inside and _pays_online(portal, visitor.business),
    )
    return Visit(request, visitor, found, token, ctx, params, paying, typed)


def _pays_online(portal: Portal, business: Business) -> bool:
    return business.stripe_account is not None and portal.charges.enabled(business.business_id)


def _flashed(portal: Portal, request: Request) -> tuple[Notice | None, str]:
    value = portal.flash.read(request.cookies)
    if not value or not isinstance(value.get("code"), str):
        return None, ""
    params = value.get("params")
    shown = {str(k): str(v) for k, v in params.items()} if isinstance(params, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    typed = value.get("typed")
    return Notice(value["code"], shown), typed if isinstance(typed, str) else ""


def _moved(request: Request, slug: str, present: str) -> Response:
    """A former slug: the same page under the present one, for good."""
    rest = request.url.path.removeprefix(f"/portal/{slug}")
    query = f"?{request.url.query}" if request.url.query else ""
    return answers.redirect(f"/portal/{present}{rest}{query}", 301)


def moment(text: str) -> datetime | None:
    """An aware time from a query string, or None."""
    if not text:  # most pages are asked for without one, and an exception costs more than the question
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
