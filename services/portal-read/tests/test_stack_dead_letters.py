"""Ten malformed events of ten kinds: what the list says, how they are mended, and right rows in the end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

import pytest
from aiokafka import AIOKafkaProducer
from chassis.context import ServiceContext
from chassis.database import Transaction
from chassis.events_in import Apply, dead_letters
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetterRow
from chassis.kafka.clients import RecordLocation
from naive_judge import recompute
from portal_read.projection.names import FIRST
from portal_read.projection.projector import consumer_of
from portal_read.settings import Settings
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, eventually
from portal_world import NOW, World
from rows_digest import Rows
from servicehub_events import (
    AppointmentScheduled,
    CustomerRegistered,
    Envelope,
    Event,
    InvoiceIssued,
    PaymentCaptured,
    PortalEnabled,
    as_event,
    encode,
    partition_for,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
BUSINESS = "b-mended"
OURS = {"business_id": BUSINESS}


class Raw(NamedTuple):
    """A record, byte for byte; no bytes are no value. `shift` puts it so many partitions beside its own."""

    topic: str
    key: bytes
    headers: dict[str, bytes]
    value: bytes
    shift: int = 0


def raw(event: Event, sequence: int = 1) -> Raw:
    record = encode(envelope_of(event, sequence, time=NOW))
    return Raw(record.topic, record.key, dict(record.headers), record.value)


def invoice(number: int) -> Event:
    return as_event(InvoiceIssued, samples.invoice(), **OURS, invoice_id=f"in-{number}")


def visit(number: int) -> Event:
    return as_event(AppointmentScheduled, samples.appointment(), **OURS, appointment_id=f"ap-{number}")


CUSTOMER = as_event(CustomerRegistered, samples.customer(), **OURS)
PAYMENT = as_event(PaymentCaptured, samples.payment(), **OURS, refunds=(), allocations=[{
    "invoice_id": "in-1", "invoice_version": 1, "amount": samples.payment().amount}])  # fmt: skip
GOOD: tuple[Event, ...] = (
    as_event(PortalEnabled, samples.business(), **OURS, slug="mended", former_slugs=()),
    CUSTOMER,
    *(invoice(number) for number in range(1, 7)),
    *(visit(number) for number in range(1, 5)),
)


def malformed() -> dict[str, Raw]:
    """One record of each kind, by the code that it is set aside with and what is wrong with it."""
    torn, unheard, foreign, untrue, huge = (raw(invoice(number)) for number in range(1, 6))
    nameless, future, gone, nul = (raw(visit(number)) for number in range(1, 5))
    partial = raw(CUSTOMER)
    printed, ninth = b"servicehub.InvoicePrinted.v1", b"servicehub.AppointmentScheduled.v9"
    padding = b'"padding":"' + b"x" * 1_000_000 + b'",'
    return {
        "malformed: bad JSON": torn._replace(value=torn.value[:-9]),
        "malformed: no type": nameless._replace(headers=_without(nameless.headers, "ce_type")),
        "malformed: U+0000": nul._replace(value=nul.value.replace(b'"name":"', b'"name":"\\u0000', 1)),
        "malformed: no field": partial._replace(value=partial.value.replace(b'"display_name"', b'"name"')),
        "unknown_type": unheard._replace(headers={**unheard.headers, "ce_type": printed}),
        "unknown_version": future._replace(headers={**future.headers, "ce_type": ninth}),
        "key_mismatch": foreign._replace(key=f"{BUSINESS}/in-6".encode()),
        "tombstone": gone._replace(value=b""),
        "invariant_violated": untrue._replace(value=untrue.value.replace(b'"total":', b'"total":1', 1)),
        "too_large": huge._replace(value=b"{" + padding + huge.value[1:]),
    }  # fmt: skip


def _without(headers: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: value for key, value in headers.items() if key != name}


async def publish(servers: Servers, records: Sequence[Raw]) -> set[str]:
    """Where each lies now: `topic/partition/offset`."""
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap, max_request_size=2_000_000)
    await producer.start()
    places: set[str] = set()
    for each in records:
        count = len(await producer.partitions_for(each.topic))  # pyright: ignore[reportUnknownMemberType]
        partition = (partition_for(each.key, count) + each.shift) % count
        headers, value = list(each.headers.items()), each.value or None
        at = cast(
            RecordLocation,
            await producer.send_and_wait(each.topic, value, each.key, partition, headers=headers),  # pyright: ignore[reportUnknownMemberType]
        )
        places.add(f"{at.topic}/{at.partition}/{at.offset}")
    await producer.stop()
    return places


@asynccontextmanager
async def consuming(ctx: ServiceContext[Settings], apply: Apply) -> AsyncGenerator[None]:
    """Both consumers, with a build that applies so."""
    consumers = [consumer_of(ctx, kind, FIRST, apply) for kind in ("identity", "documents")]
    running = [asyncio.create_task(consumer.run()) for consumer in consumers]
    yield
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def without_payments(apply: Apply) -> Apply:
    """A build with a bug."""

    async def broken(tx: Transaction, batch: Sequence[Envelope]) -> None:
        if any(envelope.subject == samples.payment().payment_id for envelope in batch):
            raise ZeroDivisionError
        await apply(tx, batch)

    return broken


async def ours(world: World, places: set[str]) -> dict[str, DeadLetterRow]:
    """The letters of these records, by where they lie."""
    async with world.worker.all_tenants() as tx:
        rows = await dead_letters.find(tx, DeadLetterFilter())
    return {row.where: row for row in rows if row.where in places}


def of_business(rows: Rows) -> Rows:
    return {name: {key: row for key, row in part.items() if BUSINESS in key} for name, part in rows.items()}


async def test_ten_kinds_of_malformed_events_are_listed_mended_and_tried_again(
    servers: Servers, world: World
) -> None:
    ctx = world.context("worker", dead_letters_per_minute=10_000)
    apply = world.projector().apply
    bad = malformed()
    places = await publish(servers, [*bad.values(), raw(PAYMENT)])

    async def all_aside() -> int:
        return len(await ours(world, places))

    async def only_payment_and_mismatch_wait() -> list[str]:
        found = await ours(world, places)
        return sorted(each.code for each in found.values() if each.state == "waiting")

    async def business_is_shown() -> bool:
        return bool(of_business(await world.projected())["businesses"])

    async with consuming(ctx, without_payments(apply)):
        await eventually(all_aside, what="eleven letters", within=90, met=lambda count: count == 11)
    codes = sorted(each.code for each in (await ours(world, places)).values())
    assert codes == sorted([*(name.partition(":")[0] for name in bad), "not_applicable"])
    _, listed, _ = await world.portal("dlq", "list", "--limit", "500")
    print(listed)  # noqa: T201  # `pytest -s` shows what an operator sees
    assert all(code in listed for code in codes)

    # Mended: a newer good event of each aggregate, and a build without the bug.
    await publish(servers, [raw(event, 2) for event in GOOD])
    async with consuming(ctx, apply):
        await eventually(
            only_payment_and_mismatch_wait,
            what="the others are superseded",
            within=90,
            met=lambda waiting: waiting == ["key_mismatch", "not_applicable"],
        )
        await eventually(business_is_shown, what="the business, which had no dead letter", within=90)
    waiting = [str(row.number) for row in (await ours(world, places)).values() if row.state == "waiting"]
    code, said, _ = await world.portal("dlq", "retry", *waiting)
    print(said)  # noqa: T201
    assert (code, said.splitlines()[-1]) == (1, "2 tried, 1 applied.")
    assert "key_mismatch: " in said
    log = [envelope_of(event, 2) for event in GOOD] + [envelope_of(PAYMENT, 1)]
    assert of_business(await world.projected()) == of_business(recompute(log))
    _, listed, _ = await world.portal("dlq", "list", "--limit", "500")
    print(listed)  # noqa: T201
    assert "superseded" in listed


async def test_a_record_in_another_partition_counts_by_its_version(servers: Servers, world: World) -> None:
    newer, older = visit(11), as_event(AppointmentScheduled, visit(11), instructions="Ring twice.")
    places = await publish(servers, [raw(newer, 7)._replace(shift=1), raw(older, 6)])
    async with consuming(world.worker, world.projector().apply):
        await eventually(lambda: _read(world, places), what="both are read", within=90)
    expected = recompute([envelope_of(newer, 7)])["appointments"]
    rows = (await world.projected())["appointments"]
    assert {key: rows[key] for key in expected} == expected


async def _read(world: World, places: set[str]) -> bool:
    rows = await world.rows("SELECT topic, partition, next_offset FROM positions")
    stored = {(str(topic), int(str(partition))): int(str(offset)) for topic, partition, offset in rows}
    parts = [place.rsplit("/", 2) for place in places]
    return all(stored.get((topic, int(partition)), 0) > int(offset) for topic, partition, offset in parts)


async def test_events_for_a_projection_that_is_not_there_are_held_and_not_set_aside(
    servers: Servers, world: World
) -> None:
    identity = consumer_of(world.worker, "identity", "projection_9")
    await publish(servers, [raw(CUSTOMER)])

    async def held() -> bool:
        return identity.health.stuck is not None and identity.health.stuck.waits_for == "UndefinedTable"

    running = asyncio.create_task(identity.run())
    await eventually(held, what="the consumer waits for its tables", within=60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with world.worker.all_tenants() as tx:
        assert await dead_letters.count(tx, DeadLetterFilter(consumer=identity.name)) == 0
