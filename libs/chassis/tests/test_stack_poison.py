"""Failures on real Kafka and PostgreSQL: what may pass is waited out, the rest set aside within the limit."""

from collections.abc import Sequence

import msgspec
import pytest
from chassis.database import Transaction
from chassis.events_out.relay import Relay
from servicehub_events import Envelope

from .conftest import Bench
from .log_bench import (
    LETTERS,
    append,
    applied,
    consumed,
    consumer,
    consumer_with,
    letters_of,
    mine,
    publish_raw,
    recorder,
    refusing,
    running,
    until,
)

pytestmark = pytest.mark.stack
LIMIT = 5


async def test_a_poison_record_costs_only_itself_and_is_kept_whole(bench: Bench) -> None:
    key = f"{bench.name}/k1".encode()
    await publish_raw(bench, key, b"{broken", [("ce_type", b"portal.PreferencesSet.v1")])
    await append(bench, "k1", "en", "ja")
    reader = consumer(bench, recorder(bench, "reader"))

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 2

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
    assert await letters_of(bench, reader.name, key) == [("malformed", b"{broken")]


@pytest.mark.parametrize(
    "headers", [[("ce_type", None)], [("x\x00y", b"1"), ("x\x00y", b"2")]], ids=["no value", "NUL in a name"]
)
async def test_a_record_nobody_thought_of_stops_nothing(
    bench: Bench, headers: list[tuple[str, bytes | None]]
) -> None:
    key = f"{bench.name}/k1".encode()
    await publish_raw(bench, key, b"{}", headers)
    await append(bench, "k1", "en")
    reader = consumer(bench, recorder(bench, "reader"))

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 1

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
    assert ("malformed", b"{}") in await letters_of(bench, reader.name, key)


async def test_a_build_that_refuses_everything_sets_aside_no_more_than_the_limit(bench: Bench) -> None:
    settings = msgspec.structs.replace(bench.settings, dead_letters_per_minute=LIMIT)
    tried_alone: set[str] = set()

    async def refuse(tx: Transaction, batch: Sequence[Envelope]) -> None:
        if any(envelope.business_id.startswith(bench.name) for envelope in batch):
            tried_alone.update(envelope.business_id for envelope in batch if len(batch) == 1)
            raise ZeroDivisionError

    reader = consumer_with(bench, refuse, settings)
    for number in range(4 * LIMIT):
        await append(bench, "k1", "en", business=f"{bench.name}-{number}")

    async def full() -> bool:
        async with bench.worker.transaction() as tx:
            return (await tx.connection.execute(LETTERS)).scalar_one() >= LIMIT

    async def held() -> bool:
        return reader.health.stuck is not None

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(full)
        await until(held)
    async with bench.worker.transaction() as tx:
        assert (await tx.connection.execute(LETTERS)).scalar_one() == LIMIT
    assert len(tried_alone) < 4 * LIMIT  # what cannot be set aside need not be tried


async def test_what_one_business_sends_holds_nobody_else_up(bench: Bench) -> None:
    """Neither what nobody can read nor what this build cannot apply."""
    settings = msgspec.structs.replace(bench.settings, dead_letters_per_minute=LIMIT)
    careless, flood = f"{bench.name}-careless", 4 * LIMIT
    record = recorder(bench, "reader")

    async def refuse_careless(tx: Transaction, batch: Sequence[Envelope]) -> None:
        if any(envelope.business_id == careless for envelope in batch):
            raise ZeroDivisionError
        await record(tx, batch)

    keys = [f"{careless}/k{number}".encode() for number in range(flood)]
    await publish_raw(bench, keys[0], b"{broken", [], *keys[1:])
    await append(bench, "k1", *["en"] * flood, business=careless)
    await append(bench, "k1", "en")
    reader = consumer_with(bench, refuse_careless, settings)
    held: set[str] = set()

    async def there() -> bool:
        held.update([reader.health.stuck.waits_for] if reader.health.stuck else [])
        return len(await applied(bench, "reader")) == 1

    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
    async with bench.worker.transaction() as tx:
        assert (await tx.connection.execute(LETTERS)).scalar_one() == flood
    assert "TooManyDeadLetters" not in held


async def test_an_event_that_its_reaction_refuses_is_set_aside_alone(bench: Bench) -> None:
    await append(bench, "k1", "en", "xx", "ja")
    await consumed(bench, consumer(bench, refusing(bench, recorder(bench, "reader"), 2)), 3)
    assert await applied(bench, "reader") == [("k1", 1), ("k1", 3)]
    letters = [(letter.sequence, letter.code, letter.cause) for letter in await mine(bench)]
    assert letters == [(2, "not_applicable", "UnspokenLocale")]


class Elsewhere(Exception):
    """A failure of something that a service depends on."""


@pytest.mark.parametrize("failure", [TimeoutError, Elsewhere])
async def test_a_passing_failure_is_waited_out_without_losing_or_repeating(
    bench: Bench, failure: type[Exception]
) -> None:
    record = recorder(bench, "reader")
    failures = iter([failure("first"), failure("second")])

    async def moody(tx: Transaction, batch: Sequence[Envelope]) -> None:
        await record(tx, batch)
        if any(envelope.business_id == bench.name for envelope in batch):
            for failure in failures:
                raise failure

    async def there() -> bool:
        return len(await applied(bench, "reader")) == 3

    await append(bench, "k1", "en", "ja", "en")
    reader = consumer(bench, moody, also_transient=(Elsewhere,))
    async with running(Relay(bench.name, bench.settings, bench.worker), reader):
        await until(there)
    assert await mine(bench) == []
    assert [sequence for _, sequence in await applied(bench, "reader")] == [1, 2, 3]
