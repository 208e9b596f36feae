"""The stormy stack: everything that runs, with a broker of the tests' own to break.

One ledger, and one story that is told on from test to test; every test ends with all judges.
"""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import httpx
from local_stack.environment import PER_SOURCE, Addresses
from portal_testing.stack import NeverHappened, eventually, full_stack, whole_log
from portal_testing.stack.stripe_sandbox import StripeSandbox
from portal_testing.stack.whole_log import LogRecord

from tests.chaos import LONG, seed_of_run
from tests.chaos.actors.merchants import Debtor, Merchant, open_merchant
from tests.chaos.actors.payers import Payer, sign_in
from tests.chaos.actors.publisher import LedgerPublisher, publishing
from tests.chaos.actors.record_stream import RecordStream, residents
from tests.chaos.actors.visitors import Visitors
from tests.chaos.faults.broker_outages import BrokerConnection
from tests.chaos.faults.processes import ServiceProcess, environment_of, integration_key_of, processes_of
from tests.chaos.faults.tcp_proxy import TcpProxy
from tests.chaos.judges import promises
from tests.chaos.judges.databases import Databases, databases_of
from tests.chaos.judges.ledger import Ledger
from tests.chaos.judges.money import MerchantBooks, judge_money, not_captured
from tests.chaos.judges.positions import judge_moves, judge_positions, record_moves
from tests.chaos.judges.rows import judge_rows
from tests.chaos.judges.verdict import Verdict, say, say_run
from tests.chaos.stacks.broker import Broker

RESIDENTS = 300 if LONG else 60
"""Customers of each business who are there to ask for a code, once each."""
SETTLED_SECONDS = 120.0
TOLD_SECONDS = 75.0
"""Longer than news wait for more."""


@dataclass
class Storm:
    """What the tests act on, and what they have found so far."""

    addresses: Addresses
    connection: BrokerConnection
    databases: Databases
    ledger: Ledger
    publisher: LedgerPublisher
    sandbox: StripeSandbox
    http: httpx.AsyncClient
    branding_key: str
    verdict: Verdict = field(default_factory=Verdict)
    merchants: list[Merchant] = field(default_factory=list[Merchant])

    def __post_init__(self) -> None:
        self.bootstrap = self.connection.broker.bootstrap
        self.chance = Random(self.ledger.seed)
        self.records = RecordStream(self.ledger.seed, RESIDENTS)
        self.visitors = Visitors(self.addresses, self.ledger, self.branding_key, RESIDENTS)
        self.processes = processes_of(self.addresses)

    def worker(self, service: str) -> ServiceProcess:
        """The worker of a service."""
        return next(process for process in self.processes if process.name == f"{service} worker")

    async def publish(self, count: int, malformed: int = 0) -> None:
        """Publish the next part of the story, and wait for every acknowledgement."""
        await self.publisher.publish(self.records.take(count, malformed))

    async def open(self, merchants: Sequence[Merchant], debtors: Sequence[Debtor]) -> None:
        """Open merchants, and publish their debtors; returns when everybody knows them."""
        for merchant in merchants:
            await open_merchant(merchant, self.addresses, self.branding_key, self.sandbox, self.http)
        self.merchants += merchants
        for debtor in debtors:
            await self.publisher.publish(debtor.sendings())
        await self.settle("the merchants are open")

    async def payer(self, debtor: Debtor, *, contact: int = 0) -> Payer:
        """A contact of a debtor, signed in."""
        return await sign_in(debtor, self.addresses, self.ledger, self.http, contact=contact)

    async def books(self, *merchants: Merchant) -> MerchantBooks:
        """The books of these merchants, or of all."""
        accounts = {merchant.account for merchant in merchants or self.merchants}
        return MerchantBooks(await self.sandbox.books(), accounts)

    async def settle(self, what: str, *, within: float = SETTLED_SECONDS, asleep: str = "") -> None:
        """Wait until all is done, but for a service that is `asleep`; what is not in time is a finding."""
        began, last = time.monotonic(), ""

        async def left() -> str:
            nonlocal last
            unsettled = await self._unsettled(asleep)
            last = unsettled or last
            return unsettled

        try:
            await eventually(left, what="all is applied", within=within, every=0.25, met=lambda now: not now)
        except NeverHappened as error:
            self.find(f"{what}: {error}")
        say(f"  {what}: {time.monotonic() - began:.1f} s; last came {last[:100]}")

    async def _unsettled(self, asleep: str) -> str:
        """What is still to be sent, asked, charged or read, or nothing."""
        if unfinished := await self.databases.unfinished():
            return str(unfinished)
        if late := await not_captured(await self.books(), self.databases):
            return f"not captured: {late}"
        ends, positions = await whole_log.ends(self.bootstrap), await self.databases.positions()
        behind = {
            at: ends[at[1:]] - offset
            for at, offset in positions.items()
            if offset != ends[at[1:]] and not (asleep and at[0].startswith(f"{asleep}."))
        }
        return str(behind) if behind or not positions else ""

    def find(self, finding: str) -> None:
        """Note something that must be and is not."""
        self.verdict.missing.append(finding)

    async def judge_money(self) -> None:
        """Hold all money against the sandbox's books; what is wrong is a finding."""
        log = await whole_log.read_all(self.bootstrap)
        await judge_money(self.verdict, self.ledger.payments, await self.books(), log, self.databases)

    async def judge(self) -> None:
        """Hold the whole log, every row and all money against all that was sent since the beginning."""
        verdict, self.verdict = self.verdict, Verdict()
        ledger, databases = self.ledger, self.databases
        await judge_moves(verdict, databases)
        log = await self._judge_log(verdict)
        promises.judge_acknowledged(verdict, ledger, log)
        await promises.judge_names(verdict, ledger, databases)
        await promises.judge_sessions(verdict, ledger, databases)
        await promises.judge_mail(verdict, ledger, self.addresses.mailbox_url, databases)
        await judge_money(verdict, ledger.payments, await self.books(), log, databases)
        say_run(ledger, verdict)
        verdict.check()

    async def _judge_log(self, verdict: Verdict) -> Sequence[LogRecord]:
        """Hold the log against what is known of it. The notifier may still tell of what was published, and so
        write to a log that was read already: what is found counts once it is found again and again.
        """
        found, log, began = Verdict(), list[LogRecord](), time.monotonic()
        while time.monotonic() - began < TOLD_SECONDS:
            found, log = Verdict(), list(await whole_log.read_all(self.bootstrap))
            own = [
                each
                for each in log
                if each.place.topic.startswith("portal.") and each.place not in self.ledger.records
            ]
            await judge_rows(found, log, self.ledger.malformed, self.databases)
            await judge_positions(found, self.ledger, log, self.databases)
            promises.judge_published(found, own, await self.databases.appended())
            if not (found.missing or found.doubled):
                break
        verdict.add(found)
        return log


@asynccontextmanager
async def storm_in(folder: Path) -> AsyncGenerator[Storm]:
    """Start the broker, the proxy and the stack; the services know the broker by the proxy's address."""
    async with AsyncExitStack() as stack:
        broker = Broker.formatted(folder)
        stack.callback(broker.kill)
        await broker.start()
        proxy = TcpProxy(broker.proxy_port, broker.port)
        proxy.start()
        stack.callback(proxy.stop)
        settings = dict.fromkeys(PER_SOURCE, "1000") | {"KAFKA_BOOTSTRAP": f"127.0.0.1:{proxy.port}"}
        addresses = replace(stack.enter_context(full_stack(settings)), kafka_bootstrap=broker.bootstrap)
        yield await _begun(addresses, BrokerConnection(broker, proxy), stack)


async def _begun(addresses: Addresses, connection: BrokerConnection, stack: AsyncExitStack) -> Storm:
    databases = await stack.enter_async_context(
        databases_of(
            addresses, environment_of(addresses, "auth-otp"), environment_of(addresses, "portal-read")
        )
    )
    await record_moves(databases)
    ledger = Ledger(seed_of_run())
    publisher = await stack.enter_async_context(publishing(addresses.kafka_bootstrap, ledger))
    http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60))
    sandbox = StripeSandbox(addresses.stripe_url, http)
    key = integration_key_of(addresses)
    storm = Storm(addresses, connection, databases, ledger, publisher, sandbox, http, key)
    await publisher.publish(residents(RESIDENTS))
    await storm.settle("the residents are known")
    return storm
