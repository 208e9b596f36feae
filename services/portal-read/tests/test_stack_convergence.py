"""Convergent by construction: whatever way the log takes, the rows are those of the judge."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar, TypeVar

import pytest
import rows_digest
from chassis.database import Database
from chassis.settings import KeyRing
from chassis.settings.base import Secret
from chassis.settings.new_keys import new_ring
from histories import any_event, lawful
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from naive_judge import recompute
from portal_read.projection import names, switch
from portal_read.projection.compare import Tally, tally_tables
from portal_read.projection.projector import Projector
from portal_read.projection.sealed_states import StateCipher
from portal_read.projection.tables import tables
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers
from servicehub_events import Envelope, Payment
from sqlalchemy import delete

pytestmark = pytest.mark.stack
BLUE, GREEN = names.FIRST, "projection_2"
T = TypeVar("T")


class Crash(Exception):
    """The process ends before its transaction does."""


class Bench:
    """A database with two projections, and the loop that speaks to it."""

    def __init__(self, servers: Servers) -> None:
        self._runner = asyncio.Runner()
        self.cipher = StateCipher.of(KeyRing.parse(new_ring()))
        urls = self.run(servers.fresh_database("portal_read"))
        self.run(self._second(Database(Secret(urls.owner))))
        self.database = Database(Secret(urls.worker))

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(what)

    def close(self) -> None:
        self.run(self.database.close())
        self._runner.close()

    async def _second(self, owner: Database) -> None:
        async with owner.transaction() as tx:
            await switch.begin(tx, GREEN)
        await owner.close()

    async def empty(self) -> None:
        async with self.database.transaction() as tx:
            for schema in (BLUE, GREEN):
                for table in tables(schema).all():
                    await tx.connection.execute(delete(table))

    async def apply(self, schema: str, batch: Sequence[Envelope], *, crash: bool) -> None:
        try:
            async with self.database.transaction() as tx:
                await Projector(schema, self.cipher).apply(tx, batch)
                if crash:
                    raise Crash
        except Crash:
            pass

    async def rows(self, schema: str) -> rows_digest.Rows:
        async with self.database.transaction() as tx:
            return await rows_digest.rows(tx.connection, schema, self.cipher)

    async def tallies(self, schema: str) -> dict[str, Tally]:
        async with self.database.transaction() as tx:
            return await tally_tables(tx, schema, self.cipher)


class Log(RuleBasedStateMachine):
    """Topics that grow, and two projections that read them, each at its pace, in any interleaving."""

    bench: ClassVar[Bench]

    def __init__(self) -> None:
        super().__init__()
        self.topics: defaultdict[str, list[Envelope]] = defaultdict(list)
        self.length = 0
        self.cursors: dict[str, Counter[str]] = {BLUE: Counter(), GREEN: Counter()}
        self.bench.run(self.bench.empty())

    @rule(dice=st.randoms(use_true_random=False), count=st.integers(1, 8))
    def publish(self, dice: random.Random, count: int) -> None:
        for _ in range(count):
            self.add(envelope_of(any_event(dice), self.length + 1))

    @precondition(lambda self: self.length > 0)
    @rule(dice=st.randoms(use_true_random=False))
    def publish_again(self, dice: random.Random) -> None:
        """A relay that crashed before it deleted what it had sent."""
        self.add(dice.choice(self.log()))

    @precondition(lambda self: self.length > 0)
    @rule(
        schema=st.sampled_from((BLUE, GREEN)),
        dice=st.randoms(use_true_random=False),
        count=st.integers(1, 12),
        crash=st.booleans(),
    )
    def project(self, schema: str, dice: random.Random, count: int, crash: bool) -> None:
        """A batch of one or more topics, each from its cursor on; rolled back by a crash, it comes again."""
        at = self.cursors[schema]
        batch: list[Envelope] = []
        moved: Counter[str] = Counter()
        for topic in dice.sample(sorted(self.topics), dice.randint(1, len(self.topics))):
            part = self.topics[topic][at[topic] : at[topic] + count]
            batch += part
            moved[topic] = len(part)
        self.bench.run(self.bench.apply(schema, batch, crash=crash))
        if not crash:
            at.update(moved)

    @precondition(lambda self: self.length > 0)
    @rule(schema=st.sampled_from((BLUE, GREEN)), dice=st.randoms(use_true_random=False))
    def restart_from_earlier(self, schema: str, dice: random.Random) -> None:
        """A restore: everything from there on is read once more."""
        topic = dice.choice(sorted(self.topics))
        self.cursors[schema][topic] = dice.randint(0, self.cursors[schema][topic])

    def teardown(self) -> None:
        """Both read to the end, in opposite orders of topics: the rows must be the judge's."""
        for schema, order in ((BLUE, sorted(self.topics)), (GREEN, sorted(self.topics, reverse=True))):
            for topic in order:
                rest = self.topics[topic][self.cursors[schema][topic] :]
                self.bench.run(self.bench.apply(schema, rest, crash=False))
        judged = recompute(self.log())
        assert self.bench.run(self.bench.rows(BLUE)) == judged
        assert self.bench.run(self.bench.rows(GREEN)) == judged
        assert self.bench.run(self.bench.tallies(BLUE)) == self.bench.run(self.bench.tallies(GREEN))

    def add(self, each: Envelope) -> None:
        self.topics[each.topic].append(each)
        self.length += 1

    def log(self) -> list[Envelope]:
        return [each for topic in sorted(self.topics) for each in self.topics[topic]]


@pytest.fixture
def bench(servers: Servers) -> Bench:
    return Bench(servers)


def test_every_way_through_the_log_ends_in_the_rows_of_the_judge(bench: Bench) -> None:
    Log.bench = bench
    few = settings(
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        phases=(Phase.generate,),  # a failure is found within seconds; making it small takes minutes
        derandomize=True,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
    run_state_machine_as_test(Log, settings=few)
    bench.close()


def test_a_compacted_log_gives_the_rows_of_the_whole_one(bench: Bench) -> None:
    for seed in range(15):
        whole = lawful(random.Random(seed))
        kept = compacted(whole)
        assert len(kept) < len(whole)
        bench.run(bench.empty())
        bench.run(bench.apply(BLUE, whole, crash=False))
        bench.run(bench.apply(GREEN, kept, crash=False))
        assert bench.run(bench.tallies(BLUE)) == bench.run(bench.tallies(GREEN)), f"seed {seed}"
        assert bench.run(bench.rows(GREEN)) == recompute(whole), f"seed {seed}"
    bench.close()


def compacted(log: Sequence[Envelope]) -> list[Envelope]:
    """The last record of each key; payments are kept for ever."""
    last = {(each.topic, each.key): each for each in log}
    return [each for each in log if isinstance(each.event, Payment) or last[each.topic, each.key] is each]
