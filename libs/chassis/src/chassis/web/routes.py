"""A service's routes as data: method, path, handler, and the page that a refused form is led back to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

C = TypeVar("C", contravariant=True)
Handler = Callable[[C, Request], Awaitable[Response]]
ROUTE_SCOPE: Final = "portal.route"
"""Where a request's scope has the template of its route."""


@dataclass(frozen=True, slots=True)
class Route(Generic[C]):
    """One route. GET answers HEAD too. A handler may set `request.state.page` to lead a refusal elsewhere,
    and `request.state.slug` when the one in the path is a former one.

    A `plain` route is Starlette's own: what FastAPI does around a handler costs a hot page 0.1 ms.
    """

    method: str
    path: str
    handler: Handler[C]
    page: str | None = None
    plain: bool = False


def add_route(app: FastAPI, route: Route[C], ctx: C) -> None:
    """Serve a route with this context."""

    async def endpoint(request: Request) -> Response:
        request.state.page = route.page
        request.scope[ROUTE_SCOPE] = route.path
        return await route.handler(ctx, request)

    methods = ["GET", "HEAD"] if route.method == "GET" else [route.method]
    if route.plain:
        app.router.routes.append(StarletteRoute(route.path, endpoint, methods=methods))
    else:
        app.add_api_route(route.path, endpoint, methods=methods, response_model=None)
