"""The sandbox, a clock that is moved by hand, and somebody who takes its webhooks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import httpx
import stripe
from portal_testing.stack.stripe_sandbox import StripeSandbox
from stand_in_stripe.accounts import open_account
from stand_in_stripe.app import application
from stand_in_stripe.books import Books
from stand_in_stripe.sandbox import PLATFORM, Context, Sandbox
from stand_in_stripe.webhooks import WebhookEndpoint, WebhookSender

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


class InProcess(stripe.HTTPClient):
    """What Stripe's own client sends through: no socket, no TLS to set up."""

    name = "in-process"

    def __init__(self, http: httpx.AsyncClient) -> None:
        super().__init__(verify_ssl_certs=False)  # pyright: ignore[reportUnknownMemberType]  # untyped there
        self._http = http

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: str | None = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        answer = await self._http.request(method, url, headers=headers, content=post_data)
        return answer.content, answer.status_code, answer.headers


class Running:
    """A running sandbox. `now` is its clock."""

    http: httpx.AsyncClient
    controls: StripeSandbox
    _sender: stripe.HTTPClient

    def __init__(self, url: str) -> None:
        self.now, self.url, self.receiver = NOW, url, Receiver()
        self.sandbox = Sandbox(Books(":memory:"), url, clock=lambda: self.now)
        for account in ((PLATFORM, "US", "usd"), ("acct_sparkle", "US", "usd"), ("acct_hikari", "JP", "jpy")):
            open_account(Context(self.sandbox, PLATFORM), *account)
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.receiver.take))
        sender = WebhookSender(self.sandbox, WebhookEndpoint(WEBHOOK_URL, SECRETS), client)
        self.app = application(self.sandbox, sender, KEY)

    def connected(self, http: httpx.AsyncClient, sender: stripe.HTTPClient) -> "Running":
        """The same, to be asked through these."""
        self.http, self.controls, self._sender = http, StripeSandbox(self.url, http), sender
        return self

    def client(self, key: str = KEY) -> stripe.StripeClient:
        """Stripe's own client, which tries each request once."""
        return stripe.StripeClient(
            key, base_addresses={"api": self.url}, http_client=self._sender, max_network_retries=0
        )

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and have the sender look at it."""
        self.now += seconds
        self.sandbox.news.set()
