"""The web application: Stripe's API, the pay page, the controls, and the work in the background."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stand_in_stripe.api.endpoint import Api
from stand_in_stripe.api.routes import api_routes
from stand_in_stripe.control.routes import control_routes
from stand_in_stripe.faults import Faults
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.timekeeper import keep_time
from stand_in_stripe.web.home import home_routes
from stand_in_stripe.web.pay_page import pay_page_routes
from stand_in_stripe.web.payments import payment_routes
from stand_in_stripe.web.voucher import voucher_routes
from stand_in_stripe.webhooks.sender import Sender

# No page elsewhere may use it under a name of its own (DNS rebinding).
HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def application(sandbox: Sandbox, faults: Faults, sender: Sender, secret_key: str) -> Starlette:
    """Put the parts together."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        tasks = [asyncio.create_task(sender.run()), asyncio.create_task(keep_time(sandbox))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return Starlette(
        routes=[
            Route("/health/ready", _ready),
            *api_routes(Api(sandbox, faults, secret_key)),
            *control_routes(sandbox, faults, sender),
            *pay_page_routes(sandbox),
            *voucher_routes(sandbox),
            *payment_routes(sandbox),
            *home_routes(sandbox, faults),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
        lifespan=lifespan,
    )


async def _ready(_request: Request) -> Response:
    return PlainTextResponse("ready\n")
