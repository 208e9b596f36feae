"""Record batches that no well-behaved client writes: the name of a header is not UTF-8."""

import struct

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from servicehub_events import WireRecord

MARK, BAD = "x-not-utf8", b"x-n\xff\xfe-utf8"
"""A name, and what becomes of it; equally long."""

_CRC, _ATTRIBUTES = 17, 21


def spoil(batch: bytes) -> bytes:
    """Put the bad name where the mark is, in a batch that is not compressed."""
    data = bytearray(batch.replace(MARK.encode(), BAD))
    data[_CRC:_ATTRIBUTES] = struct.pack(">I", calc_crc32c(bytes(data[_ATTRIBUTES:])))
    return bytes(data)


def batch_of(*names: str, codec: int = DefaultRecordBatch.CODEC_NONE) -> bytes:
    """A batch of one record for each name of a header."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100_000,
    )
    for offset, name in enumerate(names):
        builder.append(offset, 1, b"key", f"value {offset}".encode(), [(name, b"1")])
    return bytes(builder.build())


class _Spoiled(BatchBuilder):
    def _build(self) -> bytearray:
        return bytearray(spoil(bytes(super()._build())))


async def publish_batch(bootstrap: str, partition: int, records: list[WireRecord]) -> None:
    """Send records as one batch; a header named like the mark arrives with a name that is not UTF-8."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    batch = _Spoiled(1_000_000, 0, is_transactional=False)
    for record in records:
        batch.append(key=record.key, value=record.value, headers=record.headers, timestamp=None)  # pyright: ignore[reportUnknownMemberType]
    batch.close()
    await (await producer.send_batch(batch, records[0].topic, partition=partition))  # pyright: ignore[reportUnknownMemberType]
    await producer.stop()
