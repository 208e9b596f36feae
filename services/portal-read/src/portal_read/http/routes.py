"""The routes. Plain Starlette ones: pages need nothing of what FastAPI adds, and that costs 0.1 ms each."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from chassis.web import app as web
from starlette.routing import Route
from starlette.types import ASGIApp

from portal_read.context import Portal
from portal_read.http import files, sign_in
from portal_read.http.appointments import one_visit, visit_list
from portal_read.http.dashboard import dashboard
from portal_read.http.invoices import invoice_list, one_invoice
from portal_read.http.live import live
from portal_read.http.pay import pay, result


def build(portal: Portal) -> ASGIApp:
    """The web process's app."""
    background = Background(portal)
    app = web.create_app(
        "portal-read",
        portal.settings,
        checks={"database": portal.read_model.ready},
        starting=[background.start],
        closing=[background.stop],
    )
    app.router.routes.extend(routes(portal))
    return app


def routes(portal: Portal) -> list[Route]:
    """Everything under /portal, and the two files every site has."""
    root = "/portal/{slug}"
    return [
        Route("/robots.txt", files.robots),
        Route("/.well-known/security.txt", files.security(portal)),
        Route("/portal/assets/{file}", files.asset),
        Route(root, dashboard(portal)),
        Route(f"{root}/sign-in", sign_in.sign_in(portal)),
        Route(f"{root}/code", sign_in.code(portal)),
        Route(f"{root}/choose", sign_in.choose(portal)),
        Route(f"{root}/appointments", visit_list(portal)),
        Route(f"{root}/appointments/{{id}}", one_visit(portal)),
        Route(f"{root}/invoices", invoice_list(portal)),
        Route(f"{root}/invoices/{{id}}", one_invoice(portal)),
        Route(f"{root}/pay", pay(portal)),
        Route(f"{root}/result/{{id}}", result(portal)),
        Route(f"{root}/live", live(portal)),
        Route(f"{root}/language", files.language, methods=["POST"]),
        Route(f"{root}/{{rest:path}}", files.nothing(portal)),
    ]


class Background:
    """What runs beside the requests: the pool, the listener and the pulse."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin; a database that is down holds up nothing."""
        await self._portal.read_model.open()
        loops: list[Coroutine[object, object, None]] = [self._portal.hub.run(), self._portal.pulse.run()]
        self._tasks = [asyncio.create_task(loop) for loop in loops]

    async def stop(self) -> None:
        """End everything in order."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._portal.choices.close()
        await self._portal.charges.close()
        await self._portal.read_model.close()
