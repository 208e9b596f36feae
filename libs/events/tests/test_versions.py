"""An event through its versions: written as v1 or v2, read as v3, from a log, a store and a file."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from servicehub_events import (
    Envelope,
    Event,
    InvoiceIssued,
    UnknownVersion,
    decode,
    decode_event,
    encode_event,
)
from servicehub_events.catalogue.invoice import InvoiceStatus
from servicehub_events.catalogue.invoice_parts import Line
from servicehub_events.catalogue.scalars import Amount, Currency, Id
from servicehub_events.registry import Registry, State, Upcaster
from servicehub_events.topics import INVOICES
from servicehub_events_tools.examples import Example, read_examples, record
from servicehub_events_tools.gate import compare, load, present, save

NAME = "servicehub.InvoiceIssued"
GOLDEN = read_examples()[f"{NAME}.v1"]


class Invoice2(Event, frozen=True, kw_only=True):
    """Version 2: `memo` is called `note`. Some fields are left out here; a reader need not know all."""

    version: ClassVar[int] = 2
    invoice_id: Id
    customer_id: Id
    number: str
    status: InvoiceStatus
    currency: Currency
    lines: tuple[Line, ...]
    total: Amount
    note: str | None = None


class Invoice3(Event, frozen=True, kw_only=True):
    """Version 3: `number` is told in its two parts."""

    version: ClassVar[int] = 3
    invoice_id: Id
    customer_id: Id
    series: str
    serial: str
    status: InvoiceStatus
    currency: Currency
    lines: tuple[Line, ...]
    total: Amount
    note: str | None = None


def rename(state: State) -> State:
    """v1 → v2."""
    state["note"] = state.pop("memo", None)
    return state


def split(state: State) -> State:
    """v2 → v3: `2026-0001` is number 0001 of series 2026; one without a dash is of no series."""
    series, _, serial = str(state.pop("number")).rpartition("-")
    return {**state, "series": series, "serial": serial}


STEPS: dict[tuple[str, int], Upcaster] = {(NAME, 1): rename, (NAME, 2): split}


def at(state: type[Event], steps: dict[tuple[str, int], Upcaster]) -> Registry:
    """The registry of the day when InvoiceIssued carried this state."""
    cls = type("InvoiceIssued", (state,), {"__doc__": "It keeps its name."}, frozen=True, kw_only=True)
    return Registry([replace(INVOICES, events=(cls,))], steps)


FIRST, SECOND, THIRD = at(InvoiceIssued, {}), at(Invoice2, STEPS), at(Invoice3, STEPS)


def as_version(version: int) -> Example:
    """The golden record, as a publisher of that version would have sent it."""
    value: State = dict(GOLDEN.value)
    for step in range(1, version):
        value = STEPS[NAME, step](value)
    headers = {**GOLDEN.headers, "ce_type": f"{NAME}.v{version}"}
    return msgspec.structs.replace(GOLDEN, headers=headers, value=value)


def read(example: Example, registry: Registry) -> Envelope:
    key, headers, value = example.wire
    return decode(topic=example.topic, key=key, headers=headers, value=value, registry=registry)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_record_of_every_version_is_read_as_the_third(version: int) -> None:
    event = read(as_version(version), THIRD).event
    assert isinstance(event, Invoice3)
    assert event.total == GOLDEN.value["total"]
    assert event.note == GOLDEN.value.get("memo")
    assert f"{event.series}-{event.serial}".lstrip("-") == GOLDEN.value["number"]
    assert event == read(as_version(3), THIRD).event


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_stored_event_of_every_version_is_read_as_the_third(version: int) -> None:
    stored = msgspec.json.encode(as_version(version).value)
    event = decode_event(f"{NAME}.v{version}", stored, THIRD)
    assert event == read(as_version(version), THIRD).event
    again = decode_event(f"{NAME}.v3", encode_event(event), THIRD)
    assert again == event


def test_the_second_version_reads_the_first_and_not_the_third() -> None:
    event = read(as_version(1), SECOND).event
    assert isinstance(event, Invoice2)
    assert event.number == GOLDEN.value["number"]
    with pytest.raises(UnknownVersion, match=f"{NAME} is known up to v2, not v3"):
        read(as_version(3), SECOND)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_step_that_is_missing_is_named(lost: int) -> None:
    steps = {key: step for key, step in STEPS.items() if key != (NAME, lost)}
    with pytest.raises(UnknownVersion, match=f"{NAME} has no upcaster from v{lost}"):
        read(as_version(1), at(Invoice3, steps))


def test_the_gate_lets_a_version_through_only_with_its_whole_chain() -> None:
    published = present(FIRST)
    assert compare(published, present(SECOND)) == ()
    assert compare(published, present(THIRD)) == ()
    (found,) = compare(published, present(at(Invoice3, {(NAME, 1): rename})))
    assert (found.subject, found.rule) == (f"{NAME}.v1", "upcaster-missing")
    assert "from v2" in found.what
    unversioned = type("Unversioned", (Invoice2,), {"version": 1}, frozen=True, kw_only=True)
    assert {"memo", "issued_on"} <= {each.field for each in compare(published, present(at(unversioned, {})))}


def test_what_was_published_and_recorded_stays_through_all_versions(tmp_path: Path) -> None:
    for number, registry in enumerate((FIRST, SECOND, THIRD), start=1):
        save(present(registry), tmp_path / "published")
        record([as_version(number)], tmp_path / "examples")
        assert compare(load(tmp_path / "published"), present(registry)) == ()
    files = read_examples(tmp_path / "examples")
    assert set(files) == set(load(tmp_path / "published").schemas) == {f"{NAME}.v{n}" for n in (1, 2, 3)}
    assert len({msgspec.json.encode(read(example, THIRD).event) for example in files.values()}) == 1
