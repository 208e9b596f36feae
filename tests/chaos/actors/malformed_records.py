"""Records that nobody can read: a good one, bent in one of ten ways."""

from collections.abc import Callable
from typing import NamedTuple

from servicehub_events import WireRecord, partition_for
from servicehub_events.topics import DEFAULT_PARTITIONS, MAX_BYTES


class Bent(NamedTuple):
    """`partition` is None for the one that the key belongs to."""

    record: WireRecord
    partition: int | None = None


def _bad_json(good: WireRecord) -> Bent:
    return Bent(good._replace(value=good.value[:-9]))


def _unknown_type(good: WireRecord) -> Bent:
    return _with_header(good, "ce_type", b"servicehub.CustomerTeleported.v1")


def _unknown_version(good: WireRecord) -> Bent:
    kind = dict(good.headers)["ce_type"]
    return _with_header(good, "ce_type", kind.removesuffix(b"1") + b"999")


def _foreign_key(good: WireRecord) -> Bent:
    return Bent(good._replace(key=good.key + b"-other"))


def _no_sequence(good: WireRecord) -> Bent:
    headers = tuple(pair for pair in good.headers if pair[0] != "ce_sequence")
    return Bent(good._replace(headers=headers))


def _missing_field(good: WireRecord) -> Bent:
    return Bent(good._replace(value=good.value.replace(b'"customer_id"', b'"customer"', 1)))


def _too_large(good: WireRecord) -> Bent:
    return Bent(good._replace(value=good.value + b" " * MAX_BYTES))


def _nul(good: WireRecord) -> Bent:
    """JSON holds it, PostgreSQL does not."""
    return Bent(good._replace(value=good.value.replace(b"Version 1", b"Version \\u00001", 1)))


def _no_headers(good: WireRecord) -> Bent:
    return Bent(good._replace(headers=()))


def _foreign_partition(good: WireRecord) -> Bent:
    theirs = partition_for(good.key, DEFAULT_PARTITIONS)
    return Bent(good, (theirs + 1) % DEFAULT_PARTITIONS)


def _with_header(good: WireRecord, name: str, value: bytes) -> Bent:
    headers = tuple((n, value if n == name else v) for n, v in good.headers)
    return Bent(good._replace(headers=headers))


_BENDS: tuple[Callable[[WireRecord], Bent], ...] = (
    *(_bad_json, _unknown_type, _unknown_version, _foreign_key, _no_sequence, _missing_field),
    *(_too_large, _nul, _no_headers, _foreign_partition),
)
KINDS = len(_BENDS)
"""So many malformed records show every kind."""


def malformed(good: WireRecord, number: int) -> Bent:
    """A good record, bent in the way of this number."""
    return _BENDS[number % KINDS](good)
