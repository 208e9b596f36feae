"""Static and standard files, and every other path of a portal."""

from datetime import timedelta

from chassis.web import NotFound
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.page_request import open_page, without_id

_YEAR = 365 * 24 * 3600


async def static_file(_: Context, request: Request) -> Response:
    """Stylesheet and scripts under names that change with their content."""
    file = pages.asset_named(str(request.path_params["file"]))
    if file is None:
        raise NotFound
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable"}
    return Response(file.body, headers=headers, media_type=file.content_type)


async def security(ctx: Context, _: Request) -> Response:
    """security.txt (RFC 9116), when the installation names a contact."""
    settings = ctx.settings
    if not settings.security_contact:
        raise NotFound
    expires = (ctx.clock() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {expires}",
        "Preferred-Languages: en, ja",
        f"Canonical: {settings.public_origin}/.well-known/security.txt",
    )
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=3600"})


async def manifest(ctx: Context, request: Request) -> Response:
    """The web app manifest of a portal, in the language that the browser asks for."""
    page = await open_page(ctx, request, store.NOBODY)
    if isinstance(page, Response):
        return page
    headers = {"Cache-Control": "public, max-age=3600", "Vary": "Cookie, Accept-Language"}
    return Response(pages.web_manifest(page.context), headers=headers, media_type="application/manifest+json")


async def nothing(ctx: Context, request: Request) -> Response:
    """Any other path of a portal."""
    path = answers.asked_path(request)
    if path.endswith("/") and "//" not in path:
        return answers.redirect(path.rstrip("/"), 308)
    page = await open_page(ctx, request, store.SESSION_ONLY)
    return page if isinstance(page, Response) else answers.html(pages.not_found(without_id(page)), 404)
