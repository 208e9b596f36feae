"""The application: pages, API, and the start's work in the background."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import SimulatorError
from stand_in_servicehub.web.api import api_routes
from stand_in_servicehub.web.pages import page_routes
from stand_in_servicehub.web.problems import only_local, tell


def create_app(core: Core, public_origin: str, background: Callable[[], Awaitable[None]]) -> Starlette:
    """The application; `background` runs from its start and is cancelled at its end."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        task = asyncio.ensure_future(background())
        task.add_done_callback(_raise)
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    return Starlette(
        routes=[*api_routes(core, public_origin), *page_routes(core, public_origin)],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=only_local)],
        exception_handlers={SimulatorError: tell},
        lifespan=lifespan,
    )


def _raise(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        # A failure nobody foresaw: without this the page would wait for ever and never say why.
        asyncio.get_running_loop().call_exception_handler({"message": "simulator.setup", "exception": error})
