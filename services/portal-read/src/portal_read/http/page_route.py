"""A route whose answer a person reads: whatever goes wrong behind it, they get a page."""

from functools import wraps

import structlog
from chassis.web import Handler, Route, is_answered
from starlette.requests import Request
from starlette.responses import Response

from portal_read.context import Context
from portal_read.http import answers

log = structlog.get_logger(__name__)


def page_route(path: str, handler: Handler[Context], method: str = "GET") -> Route[Context]:
    """One of Starlette's own: pages need nothing of what FastAPI adds, at 0.1 ms each."""

    @wraps(handler)
    async def branded(ctx: Context, request: Request) -> Response:
        try:
            return await handler(ctx, request)
        except Exception as error:  # what the app itself has an answer to is its to answer
            response = None if is_answered(error) else answers.failed(ctx, request)
            if response is None:
                raise
            log.error("page.failed", page=handler.__name__, exc_info=error)
            return response

    return Route(method, path, branded, plain=True)
