"""A page for signed-in contacts: the way in, the 304, the page, and a "not found" that tells nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages
from portal_read.portal import Portal
from portal_read.web import answers
from portal_read.web.arriving import Visit, arrive, without_id
from portal_read.web.etag import etag, matches

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
) -> answers.Endpoint:
    """An endpoint of a page. Without the role the page does not exist."""

    @answers.answered(portal)
    async def endpoint(request: Request) -> Response:
        visit = await arrive(portal, request, statement, asked(request, portal.clock()))
        if (early := _turned_away(portal, visit) or _returning(portal, visit)) is not None:
            return early
        flashed = portal.flash.name in request.cookies
        tag = None if flashed else etag(visit, portal.build, await portal.read_model.schema())
        allowed = role is None or visit.ctx.may_see(role)
        if allowed and tag and matches(request.headers.get("if-none-match", ""), tag):
            return _not_modified(tag)
        page = show(visit) if allowed else None
        if page is None:
            return answers.html(pages.not_found(without_id(visit)), 404)
        return _shown(portal, request, page, tag)

    return endpoint


def _turned_away(portal: Portal, visit: Visit) -> Response | None:
    if visit.visitor.standing == "signed_in":
        return None
    if visit.visitor.standing == "access_off":
        return answers.html(pages.access_off(visit.ctx), 403)
    response = answers.redirect(f"{visit.ctx.root}/sign-in")
    if visit.request.method == "GET" and visit.ctx.path != visit.ctx.root:
        portal.returning.put(response, {"path": visit.ctx.path})
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


def _not_modified(tag: str) -> Response:
    return Response(
        status_code=304,
        headers={"ETag": tag, "Cache-Control": answers.PRIVATE, "Vary": "Cookie, Accept-Language"},
    )


def _shown(portal: Portal, request: Request, page: str, tag: str | None) -> Response:
    response = answers.html(page)
    if tag:
        response.headers["ETag"] = tag
    elif request.method == "GET":
        portal.flash.clear(response)
    if portal.settings.image_origin:
        response.headers["Content-Security-Policy"] = _policy_with(portal.settings.image_origin)
    return response


def _policy_with(image_origin: str) -> str:
    """The house's policy (`chassis.web`), staff photos allowed from their one origin."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {image_origin};"
        " font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
