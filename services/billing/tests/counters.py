"""Two payment processors to pay at: the one in memory, and Stripe's adapter with the sandbox behind it."""

import asyncio
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx
import uvicorn
from billing.adapters.stripe_checkout import StripeCheckout
from billing.domain.checkout_request import CheckoutLine, CheckoutRequest
from billing.ports import PaymentProcessor
from chassis.clock import Clock
from chassis.settings.base import Secret
from portal_testing.clock import FakeClock
from portal_testing.stack.stripe_sandbox import StripeSandbox
from stand_in_stripe.accounts import open_account
from stand_in_stripe.app import application
from stand_in_stripe.books import Books
from stand_in_stripe.sandbox import PLATFORM, Context, Sandbox
from stand_in_stripe.webhooks import WebhookEndpoint, WebhookSender
from starlette.types import ASGIApp, Receive, Scope, Send

from .fake_processor import FakeProcessor

ACCOUNT, CLOSED, OTHER = "acct_hikari", "acct_closed", "acct_other"
NOW = datetime.now(UTC).replace(microsecond=0)
PAGE = CheckoutRequest(
    business_id="b-1",
    business="そらいろ清掃",
    description="そらいろ清掃：請求書 2026-0001、請求書 2026-0002",
    payment_id="pa-1",
    currency="JPY",
    lines=[
        CheckoutLine(label="請求書 2026-0001", amount=5000),
        CheckoutLine(label="請求書 2026-0002", amount=1200),
    ],
    locale="ja",
    expires_at=NOW + timedelta(minutes=55),
    paid_url="https://portal.example/billing/sample/return?payment=pa-1",
    left_url="https://portal.example/billing/sample/return?payment=pa-1&left=1",
)


class Counter(Protocol):
    """A processor, and what payers and bad luck do there; `CLOSED` may not charge, `OTHER` is another's."""

    @property
    def processor(self) -> PaymentProcessor: ...
    async def pay(self, reference: str) -> None: ...
    async def take_voucher(self, reference: str) -> None: ...
    async def hold_voucher(self, reference: str) -> None: ...
    async def pay_voucher(self, reference: str) -> None: ...
    async def let_voucher_lapse(self, reference: str) -> None: ...
    async def run_out(self, reference: str) -> None: ...
    async def disconnect(self) -> None: ...
    async def lose_answer(self, *, stored: bool, done: bool) -> None:
        """The next answer about a new session gets lost, or is a stored 500; `done`: the page was made."""
        ...


class InMemory:
    """The fake."""

    def __init__(self) -> None:
        self.processor = FakeProcessor(clock=FakeClock(NOW))
        self.processor.disabled.add(CLOSED)

    async def pay(self, reference: str) -> None:
        self.processor.pay(reference)

    async def take_voucher(self, reference: str) -> None:
        self.processor.begin_slowly(reference)

    async def hold_voucher(self, reference: str) -> None:
        self.processor.at_the_till.add(reference)

    async def pay_voucher(self, reference: str) -> None:
        self.processor.pay_slowly(reference)

    async def let_voucher_lapse(self, reference: str) -> None:
        self.processor.run_out(reference)

    async def run_out(self, reference: str) -> None:
        self.processor.run_out(reference)

    async def disconnect(self) -> None:
        self.processor.unconnected.add(ACCOUNT)

    async def lose_answer(self, *, stored: bool, done: bool) -> None:
        lost, kept = ("lost_after", "stored_500_after") if done else ("lost_before", "stored_500")
        self.processor.faults.append(kept if stored else lost)  # pyright: ignore[reportArgumentType]


class AtTheSandbox:
    """The real adapter. `calls` are the requests to the API, such as `GET /v1/events`."""

    def __init__(
        self, processor: StripeCheckout, controls: StripeSandbox, calls: list[str], sandbox: Sandbox
    ) -> None:
        self.processor, self.controls, self.calls, self.sandbox = processor, controls, calls, sandbox

    async def pay(self, reference: str) -> None:
        await self.controls.pay(reference)

    async def take_voucher(self, reference: str) -> None:
        await self.controls.pay_by_konbini(reference)

    async def hold_voucher(self, reference: str) -> None:
        await self.controls.hold(reference)

    async def pay_voucher(self, reference: str) -> None:
        await self.controls.settle(reference)

    async def let_voucher_lapse(self, reference: str) -> None:
        await self.controls.lapse(reference)

    async def run_out(self, reference: str) -> None:
        await self.controls.expire(reference)

    async def disconnect(self) -> None:
        await self.controls.disconnect(ACCOUNT)

    async def lose_answer(self, *, stored: bool, done: bool) -> None:
        kinds = {(True, True): "commit-then-500", (True, False): "500", (False, True): "commit-then-timeout"}
        await self.controls.fault("checkout.sessions.create", kinds.get((stored, done), "timeout"))


@asynccontextmanager
async def at_the_sandbox(mode: str = "test", clock: Clock = lambda: NOW) -> AsyncGenerator[AtTheSandbox]:
    """A sandbox on a free port, with books in memory."""
    key = f"sk_{mode}_" + secrets.token_hex(20)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sandbox = Sandbox(Books(":memory:"), url, clock=lambda: clock().timestamp())
        open_accounts(sandbox)
        nobody = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
        sender = WebhookSender(sandbox, WebhookEndpoint("http://portal.example/", ("whsec_x",)), nobody)
        processor = StripeCheckout(Secret(key), url, seconds=1.0, clock=clock)
        calls: list[str] = []
        async with (
            served(_counted(application(sandbox, sender, key), calls), taken),
            httpx.AsyncClient(trust_env=False) as http,
        ):
            controls = StripeSandbox(url, http)
            await controls.account(CLOSED, "JP", "jpy", charges_enabled=False)
            yield AtTheSandbox(processor, controls, calls, sandbox)
            await processor.close()
        sandbox.books.close()


def open_accounts(sandbox: Sandbox) -> None:
    """The platform's own and two connected ones, in Japan."""
    for account in (PLATFORM, ACCOUNT, OTHER):
        open_account(Context(sandbox, PLATFORM), account, "JP", "jpy")


def _counted(app: ASGIApp, calls: list[str]) -> ASGIApp:
    """Note each request to the API, and none to what steers the sandbox."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            calls.append(f"{scope['method']} {scope['path']}")
        await app(scope, receive, send)

    return counting


@asynccontextmanager
async def served(app: ASGIApp, taken: socket.socket) -> AsyncGenerator[None]:
    """An app at a socket."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[taken]))
    while not server.started:  # noqa: ASYNC110  # uvicorn tells in no other way
        await asyncio.sleep(0)
    yield
    server.should_exit = True
    await serving


def page(payment_id: str = "pa-1", **changes: object) -> CheckoutRequest:
    """A page for a payment."""
    return replace(PAGE, payment_id=payment_id, **changes)  # pyright: ignore[reportArgumentType]
