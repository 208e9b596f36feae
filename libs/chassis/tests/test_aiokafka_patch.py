"""A batch is read to its end whatever bytes the names of its headers hold."""

import subprocess
import sys
from collections.abc import Iterable
from typing import Protocol, cast

import pytest
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
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
