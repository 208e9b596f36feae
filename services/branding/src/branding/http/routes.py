"""The routes: settings come in with a bearer key, published files go out to anybody."""

import msgspec
from chassis.web import Answer, NotFound, Refusals, Route, path_id, read_body, require_servicehub, wants_json
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from branding import errors
from branding.context import Context
from branding.domain.portal import DisablePortal, EnablePortal
from branding.domain.published_file import FileName
from branding.handlers.change_portal import change_portal
from branding.handlers.prepare_logo import LogoUpload, prepare_logo
from branding.handlers.read_portal import ReadFile, ReadPortal, read_file, read_portal
from branding.http import openapi
from branding.http.body import read_branding
from branding.logo import MAX_BYTES

_JSON_LIMIT = 65_536
_PUBLISHED = {
    "Cache-Control": "public, max-age=31536000, immutable",  # a file's name changes with its content
    "Cross-Origin-Resource-Policy": "cross-origin",  # web mail shows the logo on its own origin
}
_DOCUMENT = {"Cache-Control": "public, max-age=300"}


async def read(ctx: Context, request: Request) -> Response:
    """Answer with the state of a portal."""
    return _state(await read_portal(ctx, ReadPortal(_business_id(ctx, request))))


async def revise(ctx: Context, request: Request) -> Response:
    """Set everything but logo and switch."""
    business_id = _business_id(ctx, request)
    if not wants_json(request):
        raise errors.UnsupportedMediaType("Send the branding as application/json.")
    body = await read_body(request, limit=_JSON_LIMIT)
    return _state(await change_portal(ctx, read_branding(body, business_id)))


async def set_logo(ctx: Context, request: Request) -> Response:
    """Set the logo: the body is the picture."""
    business_id = _business_id(ctx, request)
    upload = LogoUpload(business_id, await read_body(request, limit=MAX_BYTES))
    prepared = await prepare_logo(ctx, upload)
    return _state(await change_portal(ctx, prepared.command), warnings=prepared.warnings)


async def enable(ctx: Context, request: Request) -> Response:
    """Switch a portal on."""
    return _state(await change_portal(ctx, EnablePortal(_business_id(ctx, request))))


async def disable(ctx: Context, request: Request) -> Response:
    """Switch a portal off."""
    return _state(await change_portal(ctx, DisablePortal(_business_id(ctx, request))))


async def describe(_: Context, request: Request) -> Response:
    """Answer with this API as an OpenAPI document; it is no secret."""
    return JSONResponse(openapi.document(REFUSALS), headers=_DOCUMENT)


async def published(ctx: Context, request: Request) -> Response:
    """Serve a theme or a picture."""
    name = FileName.parse(str(request.path_params["file"]))
    if name is None:
        raise NotFound
    file = await read_file(ctx, ReadFile(path_id(request, "slug"), name))
    return Response(file.body, headers={"Content-Type": file.content_type, **_PUBLISHED})


def _business_id(ctx: Context, request: Request) -> str:
    """The business in the path, for the holder of the key alone."""
    require_servicehub(request, ctx.settings.servicehub_api_key)
    return path_id(request, "business_id")


def _state(state: Business, **beside: object) -> Response:
    """The resulting state, as its event carries it, and what else there is to say."""
    body = msgspec.json.encode({**msgspec.to_builtins(state), **beside} if beside else state)
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


_BUSINESS = "/branding/businesses/{business_id}"
ROUTES: tuple[Route[Context], ...] = (
    Route("GET", _BUSINESS, read),
    Route("PUT", _BUSINESS, revise),
    Route("PUT", f"{_BUSINESS}/logo", set_logo),
    Route("POST", f"{_BUSINESS}/enable", enable),
    Route("POST", f"{_BUSINESS}/disable", disable),
    Route("GET", "/branding/openapi.json", describe),
    Route("GET", "/branding/{slug}/{file}", published),
)
REFUSALS: Refusals = {
    errors.UnknownBusiness: Answer(404, "This business has no portal yet. PUT its branding first."),
    errors.SlugTaken: Answer(409, "This slug belongs to another business, or once did. Choose another one."),
    errors.UnsupportedMediaType: Answer(415, "The request has the wrong Content-Type."),
    errors.InvalidBranding: Answer(422, "The branding is not valid. Correct the fields named in `detail`."),
    errors.UnusableLogo: Answer(422, "This logo can't be used. Send a PNG, JPEG or WebP picture."),
}
