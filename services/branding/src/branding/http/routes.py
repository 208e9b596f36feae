"""The routes: settings come in with the key of an integration, published files go out to anybody."""

import msgspec
from chassis.web import Admitted, Answer, NotFound, Refusals, Route, path_id, read_body, wants_json
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
    return _state(await read_portal(ctx, ReadPortal(_admitted(ctx, request).business_id)))


async def revise(ctx: Context, request: Request) -> Response:
    """Set everything but logo and switch."""
    caller = _admitted(ctx, request)
    if not wants_json(request):
        raise errors.UnsupportedMediaType("Send the branding as application/json.")
    body = await read_body(request, limit=_JSON_LIMIT)
    command = read_branding(body, caller.business_id)
    return _state(await change_portal(ctx, command, caller.integration))


async def set_logo(ctx: Context, request: Request) -> Response:
    """Set the logo: the body is the picture."""
    caller = _admitted(ctx, request)
    upload = LogoUpload(caller.business_id, await read_body(request, limit=MAX_BYTES))
    return _state(await change_portal(ctx, await prepare_logo(ctx, upload), caller.integration))


async def enable(ctx: Context, request: Request) -> Response:
    """Switch a portal on."""
    caller = _admitted(ctx, request)
    return _state(await change_portal(ctx, EnablePortal(caller.business_id), caller.integration))


async def disable(ctx: Context, request: Request) -> Response:
    """Switch a portal off."""
    caller = _admitted(ctx, request)
    return _state(await change_portal(ctx, DisablePortal(caller.business_id), caller.integration))


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


def _admitted(ctx: Context, request: Request) -> Admitted:
    """The integration that is calling, and the business in the path."""
    return ctx.integrations.admit(request, "settings")


def _state(state: Business) -> Response:
    """The resulting state, as its event carries it."""
    return Response(
        msgspec.json.encode(state), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


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
