"""What the last form led to: said once, on the page that is opened then.

A page that refreshes itself may ask in between, in this tab or another: it neither says it nor ends it.
"""

from starlette.requests import Request
from starlette.responses import Response

from portal_read.context import Context
from portal_read.pages import FlashMessage


def is_told(ctx: Context, request: Request) -> bool:
    """Whether something is to be said in answer to this request."""
    opened = request.headers.get("sec-fetch-dest") != "empty"
    return request.method == "GET" and opened and ctx.flash.name in request.cookies


def read_flash(ctx: Context, request: Request) -> tuple[FlashMessage | None, str]:
    """What the last form led to, and what was typed there."""
    value = ctx.flash.read(request.cookies) if is_told(ctx, request) else None
    if not value or not isinstance(value.get("code"), str):
        return None, ""
    params = value.get("params")
    texts = {str(k): str(v) for k, v in params.items()} if isinstance(params, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON's
    typed = value.get("typed")
    return FlashMessage(value["code"], texts), typed if isinstance(typed, str) else ""


def clear_flash(ctx: Context, request: Request, response: Response) -> None:
    """It has been said; what a redirect leads to says it."""
    if is_told(ctx, request) and "location" not in response.headers:
        ctx.flash.clear(response)
