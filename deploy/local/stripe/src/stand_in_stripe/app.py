"""The stand-in put together: Stripe's API, the pages, the controls, and the work in the background."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stand_in_stripe.accounts import open_account
from stand_in_stripe.books import Books
from stand_in_stripe.control_api import control_routes
from stand_in_stripe.endpoint import Api
from stand_in_stripe.pages import page_routes
from stand_in_stripe.payer_pages import payer_routes
from stand_in_stripe.sandbox import PLATFORM, Context, Sandbox
from stand_in_stripe.settings import Settings
from stand_in_stripe.timekeeper import end_what_is_due
from stand_in_stripe.webhooks import WebhookEndpoint, WebhookSender

# No page elsewhere may use it under a name of its own (DNS rebinding).
HOSTS = ["localhost", "127.0.0.1", "[::1]"]
KEEP_ALIVE_SECONDS = 180  # a client that sends just as its idle connection is closed would lose the answer
WEBHOOK_TIMEOUT_SECONDS = 10
LOOK_EVERY_SECONDS = 1.0


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    with contextlib.closing(Books(settings.data)) as books:
        sandbox = Sandbox(books, settings.origin)
        open_first_accounts(sandbox, settings)
        # Webhooks go out as from the internet: past any proxy that this machine may be told to use.
        async with httpx.AsyncClient(trust_env=False, timeout=WEBHOOK_TIMEOUT_SECONDS) as client:
            endpoint = WebhookEndpoint(
                settings.webhook_url, settings.webhook_secrets, settings.connect_webhook_secrets
            )
            app = application(sandbox, WebhookSender(sandbox, endpoint, client), settings.secret_key)
            config = uvicorn.Config(
                app,
                settings.host,
                settings.port,
                log_level="warning",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=1,
            )
            await uvicorn.Server(config).serve()


def open_first_accounts(sandbox: Sandbox, settings: Settings) -> None:
    """Open the platform's account and the demo's; those that are there keep what a test made of them."""
    for account in ((PLATFORM, "US", "usd"), *settings.accounts):
        if sandbox.books.find("account", account[0]) is None:
            open_account(Context(sandbox, PLATFORM), *account)


def application(sandbox: Sandbox, sender: WebhookSender, secret_key: str) -> Starlette:
    """Everything that is served."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        tasks = [asyncio.create_task(sender.run()), asyncio.create_task(_keep_time(sandbox))]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return Starlette(
        routes=[
            Route("/health/ready", _ready),
            *Api(sandbox, secret_key).routes(),
            *control_routes(sandbox),
            *payer_routes(sandbox),
            *page_routes(sandbox),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
        lifespan=lifespan,
    )


async def _keep_time(sandbox: Sandbox) -> None:
    while True:
        end_what_is_due(sandbox)
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _ready(_request: Request) -> Response:
    return PlainTextResponse("ready\n")
