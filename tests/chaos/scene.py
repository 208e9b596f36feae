"""A stack whose broker is the tests' own to break, one ledger, and one story told on from test to test."""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from local_stack.environment import PER_SOURCE
from portal_testing.stack import NeverHappened, eventually, full_stack

from . import moves
from .aggregates import BUSINESSES, address_of, door
from .broker import Broker
from .calm import CALM_SECONDS, still_to_do
from .driver import Driver, Request, publisher
from .processes import Target, targets
from .records import Story, first_words
from .run import Run, say
from .verdict import Verdict
from .wire import Wire

LONG = bool(os.environ.get("CHAOS_LONG"))
DOORS = 60
"""People of each business who are there to ask for a code, once each."""
PROGRESS_SECONDS = 60.0
"""So soon after an outage all must be applied."""


@dataclass
class Scene:
    """What every test of the broker and of the consumers acts on."""

    run: Run
    broker: Broker
    wire: Wire
    driver: Driver
    story: Story
    verdict: Verdict = field(default_factory=Verdict)
    """What the test at hand has found so far."""
    _asked: int = 0

    @property
    def targets(self) -> list[Target]:
        """The ten processes."""
        return targets(self.run.addresses)

    def worker(self, service: str) -> Target:
        """The worker of a service."""
        return next(each for each in self.targets if each.name == f"{service} worker")

    async def tell(self, count: int, poison: int = 0) -> None:
        """Publish the next part of the story, and wait for every acknowledgement."""
        await self.driver.publish(self.story.tell(count, poison))

    def requests(self, count: int, *, codes: bool = True) -> list[Request]:
        """The next names for both businesses, and as many people who ask for a code."""
        asked: list[Request] = []
        for _ in range(count):
            self._asked += 1
            business, number = BUSINESSES[self._asked % 2], self._asked // 2
            assert number < DOORS, "more people are needed at the doors"
            rename = partial(self.run.people.rename, business, f"Name {self._asked}")
            address = address_of(business, door(number))
            code = partial(self.run.people.ask_for_code, business, address, known=True)
            asked += [Request("branding", rename), *([Request("auth-otp", code)] if codes else [])]
        return asked

    async def sign_in(self) -> bool:
        """Whether the next person at a door comes in: asks for a code, reads it in the mail, types it."""
        self._asked += 1
        before = len(self.run.ledger.sessions)
        await self.run.people.sign_in(BUSINESSES[self._asked % 2], door(self._asked // 2))
        return len(self.run.ledger.sessions) > before

    async def progress(
        self, what: str, *, within: float = CALM_SECONDS, mail: bool = True, asleep: str = ""
    ) -> None:
        """Wait until all is applied, but for a service that is `asleep`; what is not in time is a finding.

        A message that a dead notifier had claimed is sent 45 s later; without `mail` nobody waits for it.
        """
        began, last, bootstrap = time.monotonic(), "", self.run.addresses.kafka_bootstrap

        async def left() -> str:
            nonlocal last
            if found := await still_to_do(self.run.databases, bootstrap, mail=mail, asleep=asleep):
                last = found
            return found

        try:
            await eventually(left, what="all is applied", within=within, every=0.25, met=lambda now: not now)
        except NeverHappened as error:
            self.find(f"{what}: {error}")
        say(f"  {what}: {time.monotonic() - began:.1f} s; last came {last[:100]}")

    def find(self, finding: str) -> None:
        """Something that must be is not."""
        self.verdict.missing.append(finding)

    async def judge(self) -> None:
        """The whole log and every row against everything that was told since the beginning."""
        verdict, self.verdict = self.verdict, Verdict()
        await moves.judge_moves(verdict, self.run.databases)
        await self.run.judged(verdict)
        assert not verdict.missing, verdict.missing[:20]
        assert not verdict.doubled, verdict.doubled[:20]


@asynccontextmanager
async def opened(folder: Path) -> AsyncGenerator[Scene]:
    """Start the broker, the wire and the stack; the services know the broker by the wire's address."""
    broker = Broker.formatted(folder)
    await broker.start()
    wire = Wire(broker.wire_port, broker.port)
    wire.start()
    settings = dict.fromkeys(PER_SOURCE, "1000") | {"KAFKA_BOOTSTRAP": f"127.0.0.1:{wire.port}"}
    try:
        with full_stack(settings) as theirs:
            run = Run.against(replace(theirs, kafka_bootstrap=broker.direct))
            async with _telling(run, broker, wire) as scene:
                yield scene
    finally:
        wire.stop()
        broker.kill()


@asynccontextmanager
async def _telling(run: Run, broker: Broker, wire: Wire) -> AsyncGenerator[Scene]:
    await moves.write_down(run.databases)
    producer = publisher(broker.direct)
    await producer.start()
    try:
        driver = Driver(run.ledger, producer)
        await driver.publish(first_words(DOORS))
        await run.settled()  # from here on everybody at a door is known
        yield Scene(run, broker, wire, driver, Story(run.ledger.seed, DOORS))
    finally:
        await producer.stop()
