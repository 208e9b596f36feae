"""Records that nobody can read: a good one, bent in one of ten ways."""

from collections.abc import Callable

from servicehub_events import WireRecord
from servicehub_events.topics import MAX_BYTES


def _bad_json(good: WireRecord) -> WireRecord:
    return good._replace(value=good.value[:-9])


def _unknown_type(good: WireRecord) -> WireRecord:
    return _with_header(good, "ce_type", b"servicehub.CustomerTeleported.v1")


def _unknown_version(good: WireRecord) -> WireRecord:
    kind = dict(good.headers)["ce_type"]
    return _with_header(good, "ce_type", kind.removesuffix(b"1") + b"999")


def _foreign_key(good: WireRecord) -> WireRecord:
    return good._replace(key=good.key + b"-other")


def _no_sequence(good: WireRecord) -> WireRecord:
    headers = tuple(pair for pair in good.headers if pair[0] != "ce_sequence")
    return good._replace(headers=headers)


def _missing_field(good: WireRecord) -> WireRecord:
    return good._replace(value=good.value.replace(b'"customer_id"', b'"customer"', 1))


def _too_large(good: WireRecord) -> WireRecord:
    return good._replace(value=good.value + b" " * MAX_BYTES)


def _nul(good: WireRecord) -> WireRecord:
    """JSON holds it, PostgreSQL does not."""
    return good._replace(value=good.value.replace(b"Version 1", b"Version \\u00001", 1))


def _no_headers(good: WireRecord) -> WireRecord:
    return good._replace(headers=())


def _outside_years(good: WireRecord) -> WireRecord:
    return _with_header(good, "ce_time", b"0001-01-01T00:00:00Z")


def _with_header(good: WireRecord, name: str, value: bytes) -> WireRecord:
    headers = tuple((n, value if n == name else v) for n, v in good.headers)
    return good._replace(headers=headers)


_BENDS: tuple[Callable[[WireRecord], WireRecord], ...] = (
    *(_bad_json, _unknown_type, _unknown_version, _foreign_key, _no_sequence, _missing_field),
    *(_too_large, _nul, _no_headers, _outside_years),
)
KINDS = len(_BENDS)
"""So many malformed records show every kind."""


def malformed(good: WireRecord, number: int) -> WireRecord:
    """A good record, bent in the way of this number."""
    return _BENDS[number % KINDS](good)
