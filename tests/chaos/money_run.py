"""One run of the test of money against one stack."""

import os
import random
import secrets
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import httpx
from local_stack.environment import Addresses
from portal_testing.stack import NeverHappened, eventually, whole_log
from portal_testing.stack.stripe_sandbox import StripeSandbox
from stand_in_stripe.faults import Place

from . import money
from .calm import CALM_SECONDS, still_to_do
from .databases import Databases
from .driver import Driver, publisher
from .judge import Judge
from .ledger import Ledger
from .money import Books
from .processes import environment_of
from .shops import Debtor, Shop, open_shop
from .till import Till
from .verdict import Verdict, judge_dead_letters, judge_log, judge_positions, judge_rows

FAULTS: tuple[tuple[Place, str, int, float | None], ...] = (
    ("checkout.sessions.create", "commit-then-timeout", 5, 0.5),
    ("checkout.sessions.create", "commit-then-500", 7, None),
    ("checkout.sessions.create", "500", 9, None),
    ("checkout.sessions.retrieve", "500", 8, None),
    ("checkout.sessions.list", "500", 6, None),
    ("checkout.sessions.expire", "commit-then-timeout", 4, 0.5),
    ("any", "429", 23, None),
    ("webhook", "drop", 4, None),
    ("webhook", "duplicate", 5, None),
    ("webhook", "delay", 6, 3.0),
    ("webhook", "reorder", 7, 2.0),
    ("webhook", "forge", 11, None),
)
"""Where, what, each how manieth time, for how many seconds."""


@dataclass
class Run:
    """What one run does, knows and finds."""

    addresses: Addresses
    shops: Sequence[Shop]
    ledger: Ledger
    databases: Databases
    sandbox: StripeSandbox
    http: httpx.AsyncClient
    till: Till = field(default_factory=Till)
    verdict: Verdict = field(default_factory=Verdict)
    seconds: dict[str, int] = field(default_factory=dict[str, int])
    """How long each part took."""

    @property
    def chance(self) -> random.Random:
        """By the seed of the run."""
        return random.Random(self.ledger.seed)

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        """Measure a part of the run."""
        began = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - began)

    async def books(self) -> Books:
        """The books of our accounts."""
        return Books(await self.sandbox.books(), tuple(shop.account for shop in self.shops))

    async def open(self, debtors: Sequence[Debtor]) -> None:
        """Open the shops, and tell of those who owe."""
        for shop in self.shops:
            await open_shop(shop, self.addresses, self.sandbox, self.http)
        producer = publisher(self.addresses.kafka_bootstrap)
        await producer.start()
        try:
            told = [sending for debtor in debtors for sending in debtor.told()]
            await Driver(self.ledger, producer).publish(told)
        finally:
            await producer.stop()
        await self.settle()

    async def misbehave(self) -> None:
        """The processor fails now and then, until it is told to behave."""
        for on, kind, every, seconds in FAULTS:
            await self.sandbox.fault(on, kind, times=None, every=every, seconds=seconds)

    async def settle(self) -> None:
        """Wait until all is known everywhere; what is not in time is a finding."""
        try:
            await eventually(
                self._still_to_do, what="calm", within=CALM_SECONDS, every=0.5, met=lambda left: not left
            )
        except NeverHappened as error:
            self.verdict.missing.append(str(error))

    async def judge_money(self) -> None:
        """Where the money is, and what holds it."""
        books, verdict, till, databases = await self.books(), self.verdict, self.till, self.databases
        log = await whole_log.read_all(self.addresses.kafka_bootstrap)
        money.judge_charges(verdict, till, books)
        money.judge_pages(verdict, till, books)
        await money.judge_captures(verdict, till, books, log, databases)
        await money.judge_balances(verdict, till, books, databases)
        await money.judge_claims(verdict, databases)
        await money.judge_receipts(verdict, books, databases)

    async def judge_services(self) -> None:
        """Every row of every service, as after any other kills."""
        log = await whole_log.read_all(self.addresses.kafka_bootstrap)
        await judge_rows(self.verdict, Judge(log, self.ledger.poison), self.databases)
        await judge_log(self.verdict, self.ledger, log, self.databases)
        await judge_positions(self.verdict, log, self.databases)
        await judge_dead_letters(self.verdict, self.ledger, self.databases)

    async def _still_to_do(self) -> str:
        if late := await money.not_captured(await self.books(), self.databases):
            return f"not captured: {late}"
        for package, what in (
            ("billing", "webhooks WHERE handled_at IS NULL"),
            ("notifier", "pending_notifications"),
        ):
            left = await self.databases.query(package, f"SELECT count(*) FROM {what}")
            if left != [(0,)]:
                return f"{package} {what}: {left}"
        return await still_to_do(self.databases, self.addresses.kafka_bootstrap)


@asynccontextmanager
async def running(addresses: Addresses, shops: Sequence[Shop]) -> AsyncGenerator[Run]:
    """A run that has done nothing yet."""
    given = os.environ.get("CHAOS_SEED", "")
    ledger = Ledger(int(given) if given else secrets.randbelow(1_000_000))
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        sandbox = StripeSandbox(addresses.stripe_url, http)
        databases = Databases(addresses, environment_of(addresses, "auth-otp"))
        yield Run(addresses, shops, ledger, databases, sandbox, http)
