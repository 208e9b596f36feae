"""Which partition a key belongs to: murmur2, exactly as Java's client computes it."""

from __future__ import annotations

from struct import unpack_from

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """32-bit murmur2 with Kafka's seed, unsigned. Source: org.apache.kafka.common.utils.Utils.murmur2."""
    length = len(data)
    words = length >> 2
    h = _SEED ^ length
    for k in unpack_from(f"<{words}I", data):
        mixed = (k * _M) & _MASK
        h = ((h * _M) & _MASK) ^ (((mixed ^ (mixed >> 24)) * _M) & _MASK)
    if tail := data[words << 2 :]:
        h = ((h ^ int.from_bytes(tail, "little")) * _M) & _MASK
    h = ((h ^ (h >> 13)) * _M) & _MASK
    return h ^ (h >> 15)


def partition_for(key: bytes, count: int) -> int:
    """The partition, 0 to `count` - 1, of a record with this key."""
    return (murmur2(key) & 0x7FFFFFFF) % count
