"""The fire: strikes that fall while records are sent, requests are asked and payers pay."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from portal_testing.stack import eventually

from tests.chaos.actors.payers import PATIENCE_SECONDS, Payer
from tests.chaos.actors.payment_plans import payment_plan
from tests.chaos.actors.publisher import LONGEST_BURST
from tests.chaos.actors.record_stream import Sending
from tests.chaos.actors.visitors import VisitorRequest
from tests.chaos.faults.processes import ServiceProcess, end, frozen, kill
from tests.chaos.faults.schedule import Strike
from tests.chaos.stacks.storm import Storm

REQUESTS_AT_ONCE = 8
LONGEST_RUN_OF_PAYMENTS = 6
"""Requests of payers before a strike that waits for them."""
WHILE_FROZEN = 40
"""Records that are sent while a process is frozen."""


@dataclass
class Fire:
    """What is still to be sent, asked and paid, and what is under way."""

    storm: Storm
    records: Iterator[Sending]
    requests: list[VisitorRequest]
    payers: Iterator[Payer]
    plans: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    answers: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    def __post_init__(self) -> None:
        self._at_once = asyncio.Semaphore(REQUESTS_AT_ONCE)

    async def strike(self, strike: Strike, records: int, requests: int) -> None:
        """Strike once the process is at work, right behind a burst of records that nobody waits for.

        The worker of a service that is asked something meanwhile is struck when the answer comes: what was
        promised lies in the outbox then, or is on its way.
        """
        publisher, burst = self.storm.publisher, self.storm.chance.randint(1, LONGEST_BURST)
        pid = await strike.process.at_work()
        promise = self._promise(strike.process)
        self.answers += [self._ask(self.requests.pop()) for _ in range(min(requests, len(self.requests)))]
        if strike.deed == "killed":
            self._begin_to_pay()
        await publisher.publish(islice(self.records, records - burst))
        await publisher.send(islice(self.records, burst))
        if strike.at_payments:
            await self._payments(self.storm.chance.randint(1, LONGEST_RUN_OF_PAYMENTS))
        if promise is not None:
            await promise
        await self._do(strike, pid)

    async def out(self) -> None:
        """Send what is left, and wait until everybody has an answer."""
        await self.storm.publisher.publish(self.records)
        await asyncio.gather(*self.plans, *self.answers)

    async def _do(self, strike: Strike, pid: int) -> None:
        match strike.deed:
            case "killed":
                kill(pid)
            case "ended":
                end(pid)
            case "frozen":
                with frozen(pid):
                    await self.storm.publisher.publish(islice(self.records, WHILE_FROZEN))
        self.storm.ledger.strikes[strike.deed][strike.process.name] += 1

    def _promise(self, process: ServiceProcess) -> asyncio.Task[None] | None:
        """A request that leaves work to this process, if there is one left."""
        suitable = [request for request in self.requests if request.service == process.service]
        if process.kind != "worker" or not suitable:
            return None
        self.requests.remove(suitable[0])
        return self._ask(suitable[0])

    def _ask(self, request: VisitorRequest) -> asyncio.Task[None]:
        async def ask() -> None:
            async with self._at_once:
                await request.ask()

        return asyncio.create_task(ask())

    def _begin_to_pay(self) -> None:
        for payer in islice(self.payers, 1):
            konbini = payer.debtor.merchant.country == "JP"
            kind, invoices = len(self.plans) // 2, payer.debtor.invoices  # the same plan at both merchants
            plan = payment_plan(kind, invoices, self.storm.chance, konbini=konbini)
            self.plans.append(asyncio.create_task(payer.follow(plan)))

    async def _payments(self, count: int) -> None:
        """Wait until so many more requests of payers were begun, or nobody begins any more."""
        ledger = self.storm.ledger.payments
        goal = ledger.steps + count

        async def reached() -> bool:
            return ledger.steps >= goal or all(plan.done() for plan in self.plans)

        await eventually(reached, what="payers go on", within=PATIENCE_SECONDS, every=0.005)
