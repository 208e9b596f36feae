"""A batch is read to its end whatever its headers are called, and nobody spins for want of a leader."""

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from typing import Any, Protocol, cast

import pytest
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.protocol.metadata import MetadataResponse_v1
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from chassis.kafka import aiokafka_patch
from chassis.kafka.aiokafka_patch import BAD_NAME, LenientRecords
from portal_testing.stack.odd_batches import MARK, batch_of, spoil

_CODECS = [
    DefaultRecordBatch.CODEC_NONE,
    DefaultRecordBatch.CODEC_GZIP,
    DefaultRecordBatch.CODEC_LZ4,
    DefaultRecordBatch.CODEC_ZSTD,
]


class Read(Protocol):
    offset: int
    value: bytes
    headers: list[tuple[str, bytes]]


def read(data: bytes) -> list[tuple[int, bytes, str]]:
    records = LenientRecords(data)
    found: list[tuple[int, bytes, str]] = []
    while records.has_next():
        batch = cast(Iterable[Read], records.next_batch())
        found += [(record.offset, record.value, record.headers[0][0]) for record in batch]
    return found


@pytest.mark.parametrize("codec", _CODECS)
def test_sound_batches_read_as_ever(codec: int) -> None:
    data = batch_of("a", "b", codec=codec) + batch_of("c", codec=codec)
    assert read(data) == [(0, b"value 0", "a"), (1, b"value 1", "b"), (0, b"value 0", "c")]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bad_name_hides_no_record_beside_it(place: int) -> None:
    names = ["a", "b", "c"]
    names[place] = MARK
    data = spoil(batch_of(*names)) + batch_of("d")
    with pytest.raises(UnicodeDecodeError):
        list(cast(Iterable[Read], MemoryRecords(data).next_batch()))
    found = read(data)
    assert [value for _, value, _ in found] == [b"value 0", b"value 1", b"value 2", b"value 0"]
    assert [BAD_NAME in name for _, _, name in found] == [name == MARK for name in names] + [False]


def test_what_is_cut_off_is_left_for_the_next_fetch() -> None:
    data = batch_of("a") + batch_of("b")[:-5]
    assert [name for _, _, name in read(data)] == ["a"]


_FETCHES_LENIENTLY = """
import asyncio
from aiokafka.consumer import fetcher
from chassis.kafka import clients
from chassis.settings import Secret, ServiceSettings, KeyRing

async def make() -> None:
    keys = KeyRing("k", {"k": bytes(32)})
    names = {"database_url": Secret(""), "kafka_bootstrap": "localhost:1", "public_origin": ""}
    await clients.consumer(ServiceSettings(**names, dead_letter_keys=keys), group="g").stop()

before = fetcher.MemoryRecords
asyncio.run(make())
print(before.__name__, fetcher.MemoryRecords.__name__)
"""


def test_to_make_a_consumer_patches_the_process_and_to_import_this_does_not() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _FETCHES_LENIENTLY], capture_output=True, check=True, encoding="utf-8"
    )
    assert ran.stdout.split() == ["MemoryRecords", "LenientRecords"]


LEADER, NOBODY = 1, -1


class Answering:
    """A connection to a broker that says who leads the only partition."""

    def __init__(self, leader: int) -> None:
        self._leader = leader

    def connected(self) -> bool:
        return True

    async def send(self, _: object) -> MetadataResponse_v1:
        partition = (0, 0, self._leader, [LEADER], [LEADER])
        return MetadataResponse_v1(
            [(LEADER, "localhost", 1, None)], LEADER, [(0, "events", False, [partition])]
        )

    def close(self) -> None:
        pass


async def asked_within(seconds: float, connection: Answering | None) -> int:
    """How often a client can ask in that time, by its loop's clock; None: nobody listens."""
    aiokafka_patch.apply()
    client: Any = AIOKafkaClient(bootstrap_servers="localhost:1", retry_backoff_ms=50)
    client.cluster.update_metadata(MetadataResponse_v1([(LEADER, "localhost", 1, None)], LEADER, []))
    if connection is not None:
        client._conns[LEADER, ConnectionGroup.DEFAULT] = connection
    client._topics = {"events"}
    loop, updates = asyncio.get_running_loop(), 0
    client._md_update_waiter = loop.create_future()
    synchronizer = asyncio.create_task(client._md_synchronizer())
    end = loop.time() + seconds
    while loop.time() < end:
        await client.force_metadata_update()
        updates += 1
    synchronizer.cancel()
    return updates


@pytest.mark.parametrize("connection", [None, Answering(NOBODY)], ids=["gone", "no leader"])
async def test_who_leads_is_asked_with_a_rest_while_nobody_does(connection: Answering | None) -> None:
    assert await asked_within(0.2, connection) <= 5


async def test_who_leads_is_asked_without_one_otherwise() -> None:
    assert await asked_within(0.2, Answering(LEADER)) > 5
