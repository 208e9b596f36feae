"""The sandbox on a port, a clock that is moved by hand, and somebody who takes its webhooks."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import stripe
import uvicorn
from portal_testing.stack.stripe_sandbox import StripeSandbox
from stand_in_stripe.app import application
from stand_in_stripe.books import Books
from stand_in_stripe.faults import Faults
from stand_in_stripe.sandbox import PLATFORM, Sandbox
from stand_in_stripe.webhooks.sender import Endpoint, Sender

NOW = 1_795_500_000.0
KEY = "sk_test_of_these_tests"
SECRETS = ("whsec_new", "whsec_old")
WEBHOOK_URL = "http://portal.example/billing/webhooks/stripe"


class Receiver:
    """Whoever takes the webhooks: answers as told, and remembers what came."""

    def __init__(self) -> None:
        self.status = 200
        self.before: Callable[[], Awaitable[None]] | None = None
        self.came: list[tuple[bytes, str]] = []
        self.arrival = asyncio.Condition()

    async def take(self, request: httpx.Request) -> httpx.Response:
        """Answer one delivery."""
        if self.before is not None:
            await self.before()
        async with self.arrival:
            self.came.append((request.content, request.headers["Stripe-Signature"]))
            self.arrival.notify_all()
        return httpx.Response(self.status)

    async def wait_for(self, count: int) -> list[tuple[bytes, str]]:
        """Return what came, once there were so many deliveries."""
        async with asyncio.timeout(10), self.arrival:
            await self.arrival.wait_for(lambda: len(self.came) >= count)
        return self.came


class Running:
    """A running sandbox. `now` is its clock."""

    def __init__(self, port: int) -> None:
        self.now = NOW
        self.url = f"http://127.0.0.1:{port}"
        self.receiver = Receiver()
        self.faults = Faults()
        self.sandbox = Sandbox(Books(":memory:"), self.url, clock=lambda: self.now)
        self.sandbox.open_account(PLATFORM, "US", "usd")
        self.sandbox.open_account("acct_sparkle", "US", "usd")
        self.sandbox.open_account("acct_hikari", "JP", "jpy")
        self.http = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=10)
        self.controls = StripeSandbox(self.url, self.http)
        self._clients: list[stripe.HTTPXClient] = []

    def application(self) -> uvicorn.Server:
        """The server, not started yet."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.receiver.take))
        sender = Sender(self.sandbox, self.faults, Endpoint(WEBHOOK_URL, SECRETS), client)
        app = application(self.sandbox, self.faults, sender, KEY)
        return uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))

    def client(self, key: str = KEY, timeout: float = 10) -> stripe.StripeClient:
        """Stripe's own client, which tries each request once."""
        http_client = stripe.HTTPXClient(timeout=timeout)
        self._clients.append(http_client)
        return stripe.StripeClient(
            key,
            base_addresses={
                "api": self.url,
                "files": self.url,
                "connect": self.url,
                "meter_events": self.url,
            },
            http_client=http_client,
            max_network_retries=0,
        )

    async def close(self) -> None:
        """Close what was opened here."""
        for http_client in self._clients:
            await http_client.close_async()
        self.sandbox.books.close()

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and have the sender look at it."""
        self.now += seconds
        self.sandbox.news.set()
