"""A page for signed-in contacts: the way in, the 304, the page, and a "not found" that tells nothing."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Final

from chassis.observability import security_log
from chassis.web import CONTENT_SECURITY_POLICY
from servicehub_events import Role
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.etag import etag, matches
from portal_read.http.flash import clear_flash, is_told
from portal_read.http.just_paid import forget_known
from portal_read.http.left_out import Show, show_soundly
from portal_read.http.page_request import PageRequest, Params, open_page, path_and_query, without_id
from portal_read.settings import Settings

_POLICY: Final = "Content-Security-Policy"


async def signed_in_page(
    ctx: Context,
    request: Request,
    statement: bytes,
    show: Show,
    params: Params | None = None,
    *,
    role: Role | None = None,
    pays: bool = False,
    tagged: bool = True,
    long: bool = False,
) -> Response:
    """Answer with a page, and mark the session as used.

    Without the role the page does not exist; on one that `pays` a pay form may stand. One that is not
    `tagged` shows more than rows, so that no ETag can tell whether it changed. One that may be `long` to make
    is made in a thread, so that others are answered meanwhile.
    """
    page = await open_signed_in(ctx, request, statement, params)
    if isinstance(page, Response):
        return page
    return await show_signed_in(ctx, page, show, role=role, pays=pays, tagged=tagged, long=long)


async def open_signed_in(
    ctx: Context, request: Request, statement: bytes, params: Params | None = None
) -> PageRequest | Response:
    """What was read for who is signed in; the answer to anybody else, and to who is led elsewhere."""
    page = await open_page(ctx, request, statement, params)
    if isinstance(page, Response):
        return page
    return turned_away(ctx, page) or _returned(ctx, page) or page


async def show_signed_in(
    ctx: Context,
    page: PageRequest,
    show: Show,
    *,
    role: Role | None = None,
    pays: bool = False,
    tagged: bool = True,
    long: bool = False,
) -> Response:
    """The second half of `signed_in_page`, for a page that asks others once it is known who asks."""
    response = await _answer(ctx, page, show, role=role, pays=pays, tagged=tagged, long=long)
    if page.just_paid:
        _forget_known(ctx, page, response)
    if page.token:
        ctx.session_uses.renew(response, page.token, page.request.cookies, ctx.clock().timestamp())
    return response


def _forget_known(ctx: Context, page: PageRequest, response: Response) -> None:
    rows = [row for part in ("payment", "this_payment") for row in page.rows[part]]
    business_id = page.viewer.business.business_id
    forget_known(ctx, response, business_id, page.just_paid, rows)


async def _answer(
    ctx: Context, page: PageRequest, show: Show, *, role: Role | None, pays: bool, tagged: bool, long: bool
) -> Response:
    request = page.request
    headers = policy_of(ctx.settings, pays=pays)
    tag = (
        None if is_told(ctx, request) or not tagged else etag(page, ctx.build, await ctx.read_model.schema())
    )
    allowed = role is None or page.context.may_see(role)
    if not allowed:
        security_log.report("page_not_allowed", business_id=page.context.business.business_id, role=str(role))
    if allowed and tag and matches(request.headers.get("if-none-match", ""), tag):
        return _not_modified(tag, headers)
    body = None
    if allowed:
        body = await asyncio.to_thread(show_soundly, page, show) if long else show_soundly(page, show)
    if body is None:
        return answers.html(pages.not_found(without_id(page)), 404)
    return _shown(ctx, request, body, tag, headers)


def turned_away(ctx: Context, page: PageRequest) -> Response | None:
    """The answer to who is not signed in, or may not be; None to who is."""
    if page.viewer.state == "signed_in":
        return None
    if page.viewer.state == "access_off":
        security_log.report("access_off", business_id=page.context.business.business_id)
        return answers.html(pages.access_off(page.context), 403)
    response = answers.redirect(f"{page.context.root}/sign-in")
    if page.request.method == "GET" and not page.context.is_home:
        ctx.returning.put(response, {"path": path_and_query(page.request)})
    return response


def _returned(ctx: Context, page: PageRequest) -> Response | None:
    """Straight after sign-in, on to the page that was wanted before it."""
    if not page.context.is_home or page.request.method != "GET":
        return None
    wanted = ctx.returning.read(page.request.cookies)
    if wanted is None:
        return None
    path = str(wanted.get("path", ""))
    if not path.startswith(f"{page.context.root}/"):
        return None  # meant for another business
    response = answers.redirect(path)
    ctx.returning.clear(response)
    return response


def policy_of(settings: Settings, *, pays: bool = False) -> Mapping[str, str]:
    """The header of a page's own policy, if it needs one."""
    return _policy(settings.image_origin, settings.checkout_origins if pays else ())


@cache
def _policy(image_origin: str, checkout_origins: tuple[str, ...]) -> Mapping[str, str]:
    """The policy of a page, two doors wider than the house's at most; nothing where that will do.

    Staff photos may come from the image origin. Chrome holds `form-action` also against the redirect that
    answers a form, so a page on which a pay form may stand, now or after a live update, names the payment
    page's origins.
    """
    images = f" {image_origin}" if image_origin else ""
    checkout = "".join(f" {origin}" for origin in checkout_origins)
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self'{images}").replace(
        "form-action 'self'", f"form-action 'self'{checkout}"
    )
    return {_POLICY: policy} if images or checkout else {}


def _not_modified(tag: str, headers: Mapping[str, str]) -> Response:
    """With the page's own policy: the headers of a 304 replace those a browser has stored (RFC 9111, 3.2)."""
    caching = {"ETag": tag, "Cache-Control": answers.PRIVATE, "Vary": "Cookie, Accept-Language"}
    return Response(status_code=304, headers={**caching, **headers})


def _shown(
    ctx: Context, request: Request, page: str, tag: str | None, headers: Mapping[str, str]
) -> Response:
    response = answers.html(page)
    response.headers.update(headers)
    if tag:
        response.headers["ETag"] = tag
    clear_flash(ctx, request, response)
    return response
