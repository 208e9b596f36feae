"""The laws of rows: pure, for any history."""

import random
from collections.abc import Iterable
from typing import cast

import msgspec
from histories import history
from hypothesis import given
from hypothesis import strategies as st
from naive_judge import recompute
from portal_read.reactions import Row, rows_of, without_erased
from servicehub_events import LARGEST_SEQUENCE, AppointmentErased, CustomerErased, Envelope
from servicehub_events_tools.testing.every import sample_envelopes

_WHOLE = ("customers", "preferences", "sessions", "appointments", "invoices", "payments", "messages")


def newest(log: Iterable[Envelope]) -> dict[tuple[str, ...], Row]:
    """Rows by table and key, replaced only by a higher version."""
    rows: dict[tuple[str, ...], Row] = {}
    for each in log:
        for table, row in rows_of(each.event, each.sequence):
            key = (table, *(str(row[name]) for name in ("business_id", "id") if name in row))
            if table in _WHOLE and (key not in rows or version(row) > version(rows[key])):
                rows[key] = row
    return rows


def version(row: Row) -> int:
    assert isinstance(row["version"], int)
    return row["version"]


@given(st.integers(0, 2**32).map(random.Random))
def test_the_order_of_the_log_does_not_matter(dice: random.Random) -> None:
    log = history(dice)
    shuffled = dice.sample(log, len(log))
    assert newest(shuffled) == newest(log)


@given(st.integers(0, 2**32).map(random.Random))
def test_what_is_left_of_an_erased_customer_is_ids_and_versions(dice: random.Random) -> None:
    log = history(dice)
    erased = frozenset((e.business_id, e.subject) for e in log if isinstance(e.event, CustomerErased))
    judged = recompute(log)
    for (table, *key), row in newest(log).items():
        if table not in ("customers", "preferences"):
            (kept,) = without_erased(erased, [row])
            state = cast(bytes | None, kept.get("state"))
            assert (state and msgspec.json.decode(state)) == judged[table][key[0], key[1]]["state"]
            assert kept["version"] == judged[table][key[0], key[1]]["version"]


def test_every_event_of_our_topics_has_a_row() -> None:
    kept = {each.topic for each in sample_envelopes() if list(rows_of(each.event, each.sequence))}
    silent = {each.topic for each in sample_envelopes()} - kept
    told = ("contacts", "rejections", "requests")
    assert silent == {f"portal.{topic}.v1" for topic in told}


def test_an_erasure_outranks_every_version() -> None:
    event = AppointmentErased(business_id="b-1", appointment_id="ap-1", customer_id="cu-1")
    ((table, row),) = rows_of(event, 3)
    assert (table, row) == ("appointments", {"business_id": "b-1", "id": "ap-1", "version": LARGEST_SEQUENCE})


def test_parts_of_an_erased_customer_are_left_out_and_others_stay() -> None:
    part = {"business_id": "b-1", "payment_id": "p", "invoice_id": "i", "customer_id": "cu-1", "version": 1}
    assert list(without_erased(frozenset({("b-1", "cu-1")}), [part])) == []
    assert list(without_erased(frozenset({("b-2", "cu-1")}), [part])) == [part]
