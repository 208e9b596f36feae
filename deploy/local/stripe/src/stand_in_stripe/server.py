"""Puts the sandbox together and serves it."""

import httpx
import uvicorn

from stand_in_stripe.app import application
from stand_in_stripe.books import Books
from stand_in_stripe.faults import Faults
from stand_in_stripe.sandbox import PLATFORM, Sandbox
from stand_in_stripe.settings import Settings
from stand_in_stripe.shapes import Account
from stand_in_stripe.webhooks.sender import Endpoint, Sender

WEBHOOK_TIMEOUT_SECONDS = 10


async def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    books = Books(settings.data)
    sandbox = Sandbox(books, settings.origin)
    open_accounts(sandbox, settings)
    faults = Faults()
    try:
        # Reports go out as from the internet: past any proxy that this machine may be told to use.
        async with httpx.AsyncClient(trust_env=False, timeout=WEBHOOK_TIMEOUT_SECONDS) as client:
            sender = Sender(sandbox, faults, Endpoint(settings.webhook_url, settings.webhook_secrets), client)
            app = application(sandbox, faults, sender, settings.secret_key)
            config = uvicorn.Config(
                app, settings.host, settings.port, log_level="warning", timeout_graceful_shutdown=1
            )
            await uvicorn.Server(config).serve()
    finally:
        books.close()


def open_accounts(sandbox: Sandbox, settings: Settings) -> None:
    """Open the platform's account and the demo's; those that are there keep what a test made of them."""
    for wanted in ((PLATFORM, "US", "usd"), *settings.accounts):
        if sandbox.books.find(Account, wanted[0])[1] is None:
            sandbox.open_account(*wanted)
