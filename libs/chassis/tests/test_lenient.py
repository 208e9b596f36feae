"""A batch is read to its end whatever bytes the names of its headers hold."""

from collections.abc import Iterable
from typing import Protocol, cast

import pytest
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords
from chassis.kafka import clients as kafka
from chassis.kafka.aiokafka_patch import BAD_NAME, LenientRecords
from local_stack.testing.odd_batches import MARK, batch_of, spoil

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


def test_every_consumer_of_the_process_fetches_so() -> None:
    from aiokafka.consumer import fetcher

    assert kafka.consumer
    assert fetcher.MemoryRecords is LenientRecords
