"""A real consumer that hangs is told from one that is idle, and by the time it has hung."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from chassis.database import Transaction
from chassis.events_out.relay import Relay
from chassis.observability.loop_health import PATIENCE_SECONDS, LoopHealth
from servicehub_events import Envelope

from .conftest import Bench
from .log_bench import append, applied, consumer, recorder, running, until

pytestmark = pytest.mark.stack


class Seconds:
    """Hours pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_apply_that_never_returns_is_stuck_and_a_quiet_log_is_not(bench: Bench) -> None:
    held, let_go, clock = asyncio.Event(), asyncio.Event(), Seconds()
    record = recorder(bench, "reader")

    async def blocking(tx: Transaction, batch: Sequence[Envelope]) -> None:
        if any(envelope.business_id == bench.name for envelope in batch):
            held.set()
            await let_go.wait()
        await record(tx, batch)

    reader, relay = consumer(bench, blocking), Relay(bench.name, bench.settings, bench.worker)
    reader.health, relay.health = LoopHealth(clock), LoopHealth(clock)

    async def well() -> bool:
        return reader.health.stuck is None and relay.health.stuck is None

    async def caught_up() -> bool:
        return len(await applied(bench, "reader")) == 1 and await well()

    async with running(relay, reader):
        await until(well)
        for _ in range(3):
            clock.now += 3600  # nothing is published
            await until(well)

        await append(bench, "k1", "en")
        async with asyncio.timeout(30):
            await held.wait()
        assert reader.health.stuck is None  # it may take its time
        clock.now += PATIENCE_SECONDS + 1
        stuck = reader.health.stuck
        assert stuck is not None
        assert stuck.waits_for == "1 events of 1 partitions to be applied"
        assert stuck.seconds >= PATIENCE_SECONDS

        let_go.set()
        await until(caught_up)


async def test_a_relay_whose_rows_cannot_leave_is_not_well_and_one_that_stands_by_is(bench: Bench) -> None:
    away = msgspec.structs.replace(bench.settings, kafka_bootstrap="127.0.0.1:1")
    failing = Relay(bench.name, away, bench.worker)
    active, standby = (Relay(bench.name, bench.settings, bench.worker) for _ in range(2))
    await append(bench, "k1", "en")

    async def tried() -> bool:
        return failing.health.stuck is not None and "Kafka" in failing.health.stuck.waits_for

    async with running(failing):
        await until(tried)
    for relays in ((active,), (active, standby)):

        async def well(relays: Sequence[Relay] = relays) -> bool:
            return not any(relay.health.stuck for relay in relays)

        async with running(*relays):
            await until(well)
