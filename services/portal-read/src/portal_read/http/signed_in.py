"""A page for signed-in contacts: the way in, the 304, the page, and a "not found" that tells nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages
from portal_read.context import Portal
from portal_read.http import answers
from portal_read.http.etag import etag, matches
from portal_read.http.page_request import Visit, arrive, path_and_query, without_id
from portal_read.http.policy import HEADER, policy

Show = Callable[[Visit], str | None]
"""Makes the page from what was read; None when there is no such thing for this contact."""

Asked = Callable[[Request, datetime], Mapping[str, object]]
"""What a page's statement needs beyond who is asking."""


def signed_in_page(
    portal: Portal,
    statement: bytes,
    show: Show,
    *,
    role: Literal["visits", "invoices"] | None = None,
    asked: Asked = lambda _, __: {},
    pays: bool = False,
) -> answers.Endpoint:
    """An endpoint of a page. Without the role the page does not exist.

    On one that `pays` a pay form may stand.
    """
    special = policy(portal.settings, pays=pays)
    headers = {HEADER: special} if special else {}

    @answers.answered(portal)
    async def endpoint(request: Request) -> Response:
        visit = await arrive(portal, request, statement, asked(request, portal.clock()))
        if (early := _turned_away(portal, visit) or _returning(portal, visit)) is not None:
            return early
        flashed = portal.flash.name in request.cookies
        tag = None if flashed else etag(visit, portal.build, await portal.read_model.schema())
        allowed = role is None or visit.ctx.may_see(role)
        if allowed and tag and matches(request.headers.get("if-none-match", ""), tag):
            return _not_modified(tag, headers)
        page = show(visit) if allowed else None
        if page is None:
            return answers.html(pages.not_found(without_id(visit)), 404)
        return _shown(portal, request, page, tag, headers)

    return endpoint


def _turned_away(portal: Portal, visit: Visit) -> Response | None:
    if visit.visitor.standing == "signed_in":
        return None
    if visit.visitor.standing == "access_off":
        return answers.html(pages.access_off(visit.ctx), 403)
    response = answers.redirect(f"{visit.ctx.root}/sign-in")
    if visit.request.method == "GET" and visit.ctx.path != visit.ctx.root:
        portal.returning.put(response, {"path": path_and_query(visit.request)})
    return response


def _returning(portal: Portal, visit: Visit) -> Response | None:
    """Straight after sign-in, on to the page that was wanted before it."""
    if visit.ctx.path != visit.ctx.root or visit.request.method != "GET":
        return None
    wanted = portal.returning.read(visit.request.cookies)
    if wanted is None:
        return None
    path = str(wanted.get("path", ""))
    if not path.startswith(f"{visit.ctx.root}/"):
        return None  # meant for another business
    response = answers.redirect(path)
    portal.returning.clear(response)
    return response


def _not_modified(tag: str, headers: Mapping[str, str]) -> Response:
    """With the page's own policy: the headers of a 304 replace those a browser has stored (RFC 9111, 3.2)."""
    caching = {"ETag": tag, "Cache-Control": answers.PRIVATE, "Vary": "Cookie, Accept-Language"}
    return Response(status_code=304, headers={**caching, **headers})


def _shown(
    portal: Portal, request: Request, page: str, tag: str | None, headers: Mapping[str, str]
) -> Response:
    response = answers.html(page)
    response.headers.update(headers)
    if tag:
        response.headers["ETag"] = tag
    elif request.method == "GET":
        portal.flash.clear(response)
    return response
