"""The routes: settings come in with the key of an integration, published files go out to anybody."""

import secrets

import msgspec
from chassis.origins import host_of
from chassis.web import (
    INDEXED,
    NO_STORE,
    Admitted,
    Answer,
    InvalidRequest,
    NotFound,
    Refusals,
    Route,
    asked_host,
    path_id,
    read_body,
    wants_json,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from branding import errors
from branding.context import Context
from branding.domain.own_domain import is_of_platform
from branding.domain.portal import Command, DisablePortal, EnablePortal
from branding.domain.preconditions import MalformedTags, Precondition, tag_of
from branding.domain.published_file import FileName
from branding.handlers.change_portal import ChangePortal, change_portal
from branding.handlers.prepare_logo import LogoUpload, prepare_logo
from branding.handlers.read_portal import ReadFile, ReadPortal, read_file, read_portal
from branding.http import openapi
from branding.http.body import read_branding
from branding.logo import MAX_BYTES

_JSON_LIMIT = 65_536
_PUBLISHED = {
    **INDEXED,  # tab icons and pictures of shared links are fetched by search engines
    "Cache-Control": "public, max-age=31536000, immutable",  # a file's name changes with its content
    "Cross-Origin-Resource-Policy": "cross-origin",  # web mail shows the logo on its own origin
}
_DOCUMENT = {"Cache-Control": "public, max-age=300"}


async def read(ctx: Context, request: Request) -> Response:
    """Answer with the state of a portal, and the tag by which a change can say that it is meant for it."""
    caller = _admitted(ctx, request)
    precondition = _precondition(request)
    body = msgspec.json.encode(await read_portal(ctx, ReadPortal(caller.business_id)))
    headers = {**NO_STORE, "ETag": tag_of(body)}
    if precondition.is_unchanged(headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def revise(ctx: Context, request: Request) -> Response:
    """Set everything but logo and switch."""
    caller = _admitted(ctx, request)
    if not wants_json(request):
        raise errors.UnsupportedMediaType("Send the branding as application/json.")
    body = await read_body(request, limit=_JSON_LIMIT)
    command = read_branding(body, caller.business_id, secrets.token_hex(16))
    if command.domain and is_of_platform(command.domain, host_of(ctx.settings.public_origin)):
        raise errors.InvalidBranding("domain: must not be, or lie below, the host of the portal itself")
    return await _changed(ctx, request, caller, command)


async def set_logo(ctx: Context, request: Request) -> Response:
    """Set the logo: the body is the picture."""
    caller = _admitted(ctx, request)
    upload = LogoUpload(caller.business_id, await read_body(request, limit=MAX_BYTES))
    prepared = await prepare_logo(ctx, upload)
    return await _changed(ctx, request, caller, prepared.command, warnings=prepared.warnings)


async def enable(ctx: Context, request: Request) -> Response:
    """Switch a portal on."""
    caller = _admitted(ctx, request)
    return await _changed(ctx, request, caller, EnablePortal(caller.business_id))


async def disable(ctx: Context, request: Request) -> Response:
    """Switch a portal off."""
    caller = _admitted(ctx, request)
    return await _changed(ctx, request, caller, DisablePortal(caller.business_id))


async def describe(_: Context, request: Request) -> Response:
    """Answer with this API as an OpenAPI document; it is no secret."""
    return JSONResponse(openapi.document(REFUSALS), headers=_DOCUMENT)


async def published(ctx: Context, request: Request) -> Response:
    """Serve a theme or a picture."""
    name = FileName.parse(str(request.path_params["file"]))
    if name is None:
        raise NotFound
    host = asked_host(request)
    domain = None if host == host_of(ctx.settings.public_origin) else host
    file = await read_file(ctx, ReadFile(path_id(request, "slug"), name, domain))
    return Response(file.body, headers={"Content-Type": file.served_type, **_PUBLISHED})


def _admitted(ctx: Context, request: Request) -> Admitted:
    """The integration that is calling, and the business in the path."""
    return ctx.integrations.admit(request, "settings")


def _precondition(request: Request) -> Precondition:
    """What the request says of the present state. Raises `InvalidRequest`."""
    if_match, if_none_match = (request.headers.getlist(name) for name in ("if-match", "if-none-match"))
    try:
        return Precondition.parse(if_match, if_none_match)
    except MalformedTags as error:
        raise InvalidRequest(str(error)) from None


async def _changed(
    ctx: Context, request: Request, caller: Admitted, command: Command, **beside: object
) -> Response:
    """The resulting state, as its event carries it, and what else there is to say.

    Its tag is answered by GET alone (RFC 9110, 9.3.4).
    """
    change = ChangePortal(command, caller.integration, _precondition(request))
    state = await change_portal(ctx, change)
    body = msgspec.json.encode({**msgspec.to_builtins(state), **beside} if beside else state)
    return Response(body, media_type="application/json", headers=NO_STORE)


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
    errors.DomainTaken: Answer(409, "Another business has shown that this domain is its own."),
    errors.PreconditionFailed: Answer(
        412, "The portal is not as this request says. GET it, look, and send the change again."
    ),
    errors.UnsupportedMediaType: Answer(415, "The request has the wrong Content-Type."),
    errors.InvalidBranding: Answer(422, "The branding is not valid. Correct the fields named in `detail`."),
    errors.UnusableLogo: Answer(422, "This logo can't be used. Send a PNG, JPEG or WebP picture."),
}
