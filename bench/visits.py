"""A log of many visits, quickly published: one is encoded by the library, the others differ in their ids."""

import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol, cast

from aiokafka import AIOKafkaProducer
from servicehub_events import (
    AppointmentScheduled,
    Envelope,
    Window,
    WireRecord,
    as_event,
    encode,
    partition_for,
    uuid7,
)
from servicehub_events_tools.testing import samples

from bench.plain_kafka import TOPIC

CUSTOMERS: Final = 500
PARTITIONS: Final = 12
_VISIT, _CUSTOMER, _EVENT = "ap-0000000", "cu-000", str(uuid7())
_HELD_BACK = 200


class _Batch(Protocol):
    def append(
        self, *, timestamp: int, key: bytes, value: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> object: ...


class _Producer(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def create_batch(self) -> _Batch: ...
    async def send_batch(self, batch: _Batch, topic: str, *, partition: int) -> Awaitable[object]: ...


async def publish(
    bootstrap: str,
    count: int,
    *,
    quiet: bool = False,
    window: Window | None = None,
    business_id: str = "b-bench",
) -> None:
    """So many visits of customers nobody knows, one record of 600 bytes each, beginning with number 0.

    `quiet` marks them as an import; without a `window` they have been.
    """
    client = cast(_Producer, AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all"))
    await client.start()
    model = _model(window, business_id, quiet=quiet)
    open_batches, sent = dict[int, _Batch](), list[Awaitable[object]]()
    for number in range(count):
        record = _numbered(model, number)
        partition = partition_for(record.key, PARTITIONS)
        batch = open_batches.get(partition)
        if batch is None or not _appended(batch, record):
            if batch is not None:
                sent.append(await client.send_batch(batch, TOPIC, partition=partition))
            open_batches[partition] = batch = client.create_batch()
            _appended(batch, record)
        if len(sent) == _HELD_BACK:
            for each in sent:
                await each
            sent.clear()
    for partition, batch in open_batches.items():
        sent.append(await client.send_batch(batch, TOPIC, partition=partition))
    for each in sent:
        await each
    await client.stop()


def _model(window: Window | None, business_id: str, *, quiet: bool) -> WireRecord:
    sample = samples.appointment()
    ids = {"appointment_id": _VISIT, "customer_id": _CUSTOMER, "business_id": business_id}
    event = as_event(AppointmentScheduled, sample, **ids, window=window or sample.window)
    now = datetime.now(UTC)
    return encode(
        Envelope(event=event, id=_EVENT, source="/servicehub/core", time=now, sequence=1, quiet=quiet)
    )


def _numbered(model: WireRecord, number: int) -> WireRecord:
    visit, customer = f"ap-{number:07}".encode(), f"cu-{number % CUSTOMERS:03}".encode()
    value = model.value.replace(_VISIT.encode(), visit).replace(_CUSTOMER.encode(), customer)
    own = {"ce_subject": visit, "ce_id": f"{_EVENT[:24]}{number:012x}".encode()}
    headers = [(name, own.get(name, text)) for name, text in model.headers]
    return WireRecord(model.topic, model.key.replace(_VISIT.encode(), visit), headers, value)


def _appended(batch: _Batch, record: WireRecord) -> bool:
    """False when the batch is full."""
    now = time.time_ns() // 1_000_000
    added = batch.append(timestamp=now, key=record.key, value=record.value, headers=record.headers)
    return added is not None
