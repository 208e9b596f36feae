"""The route by which auth-otp hands sign-in codes over. Nothing else is asked yet."""

from typing import Final

from chassis.web import NO_STORE, Answer, Refusals, Route, read_fields, service_token
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from notifier import errors
from notifier.context import Context
from notifier.handlers.accept_code import AcceptCode, accept_code

SERVICE: Final = "notifier"
"""What tokens call this service."""
CODE_SENDER: Final = "auth-otp"
"""The one service that may hand codes over."""


async def accept(ctx: Context, request: Request) -> Response:
    """Take a code over: 202 once it is stored, and again for a repeat."""
    keys, callers = ctx.settings.notifier_keys, (CODE_SENDER,)
    service_token.require_caller(request, keys, audience=SERVICE, callers=callers, now=ctx.clock())
    id_ = await accept_code(ctx, await read_fields(request, AcceptCode))
    return JSONResponse({"message_id": str(id_)}, 202, headers=NO_STORE)


ROUTES: tuple[Route[Context], ...] = (Route("POST", "/internal/sign-in-codes", accept),)
REFUSALS: Refusals = {
    errors.SignInCodeExpired: Answer(410, "This code no longer works. Do not send it."),
}
