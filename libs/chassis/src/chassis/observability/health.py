"""Health: liveness touches nothing, readiness asks what the process needs. Shared by api and worker."""

from collections.abc import Awaitable, Callable, Mapping

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from chassis.observability.loop_health import Stuck

log = structlog.get_logger(__name__)

Check = Callable[[], Awaitable[bool | Stuck]]
"""Whether one dependency or loop is well; an exception means no, and so does `Stuck`, which says more."""


def routes(checks: Mapping[str, Check]) -> list[Route]:
    """`/health/live`, `/health/ready` (200 or 503) and `/metrics` (Prometheus).

    `/health/ready` is JSON, each check by name: true, false, or what a loop waits for and how many seconds.
    """

    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        states = {name: await _well(name, check) for name, check in checks.items()}
        shown = {name: well._asdict() if isinstance(well, Stuck) else well for name, well in states.items()}
        return JSONResponse(shown, status_code=200 if all(well is True for well in states.values()) else 503)

    async def measured(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", measured),
    ]


async def _well(name: str, check: Check) -> bool | Stuck:
    try:
        return await check()
    except Exception as error:  # whatever it is, the answer to "ready?" is no
        log.warning("health.check_failed", check=name, exc_info=error)
        return False
