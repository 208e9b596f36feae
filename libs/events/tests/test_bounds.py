"""Every date, text, list, map and number of the contract ends somewhere, and says why."""

import json
from collections.abc import Iterator
from typing import cast

import pytest
from servicehub_events import (
    LARGEST_SEQUENCE,
    AppointmentScheduled,
    BrandingRevised,
    CustomerRevised,
    Event,
    InvalidEvent,
    InvoiceIssued,
    InvoiceRevised,
    Malformed,
    PaymentCaptured,
    SignedIn,
)
from servicehub_events.catalogue.scalars import MAX_SEQUENCE
from servicehub_events.json_schema import schema_of
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events_tools.testing.records import SampleRecord

Json = dict[str, object]
_ENDS = {
    "string": {"maxLength", "pattern", "enum"},
    "integer": {"maximum"},
    "array": {"maxItems"},
    "object": {"maxProperties", "properties"},
}
ZERO_VALUES = ("0001-01-01", "9999-12-31", "1899-12-30", "2200-01-01")


def nodes(schema: object, path: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(schema, dict):
        node = cast("Json", schema)
        yield path, node
        for name, inner in node.items():
            yield from nodes(inner, f"{path}/{name}")
    elif isinstance(schema, list):
        for inner in cast("list[object]", schema):
            yield from nodes(inner, path)


@pytest.mark.parametrize("kind", REGISTRY.kinds(), ids=lambda kind: kind.type)
def test_everything_that_could_grow_has_an_end(kind: Kind[Event]) -> None:
    endless = [
        path
        for path, node in nodes(schema_of(kind))
        if isinstance(name := node.get("type"), str) and name in _ENDS and not _ENDS[name] & node.keys()
    ]
    assert endless == []


@pytest.mark.parametrize("kind", REGISTRY.kinds(), ids=lambda kind: kind.type)
def test_an_end_of_a_list_text_or_day_says_why(kind: Kind[Event]) -> None:
    unexplained = [
        path
        for path, node in nodes(schema_of(kind))
        if node.keys() & {"maxItems", "maxLength", "maxProperties", "format"} and "description" not in node
    ]
    assert unexplained == []


def moments(schema: Json, definitions: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the dates and times of a schema are; a list by its first item."""
    if "$ref" in schema:
        schema = cast("Json", definitions[str(schema["$ref"]).rpartition("/")[2]])
    for option in cast("list[Json]", schema.get("anyOf", [])):
        yield from moments(option, definitions, path)
    if schema.get("format") in ("date", "date-time"):
        yield path
    for name, field in cast("Json", schema.get("properties", {})).items():
        yield from moments(cast("Json", field), definitions, (*path, name))
    if isinstance(items := schema.get("items"), dict):
        yield from moments(cast("Json", items), definitions, (*path, "[]"))


def replaced(value: object, path: tuple[str, ...], text: str) -> object:
    """The value with a date or time of another day; unchanged where the sample has none."""
    if not path:
        return text + str(value)[10:] if isinstance(value, str) else value
    if path[0] == "[]" and isinstance(value, list):
        items = cast("list[object]", value)
        return [replaced(item, path[1:], text) for item in items]
    if isinstance(value, dict) and path[0] in value:
        whole = cast("Json", value)
        return {**whole, path[0]: replaced(whole[path[0]], path[1:], text)}
    return cast("object", value)


DATED = [
    (kind, path)
    for kind in REGISTRY.kinds()
    for path in moments(schema_of(kind), cast("Json", schema_of(kind).get("$defs", {})))
]


@pytest.mark.parametrize("day", ZERO_VALUES)
@pytest.mark.parametrize(("kind", "path"), DATED, ids=[f"{kind.type} {path}" for kind, path in DATED])
def test_a_zero_value_or_open_end_is_refused_wherever_a_date_stands(
    kind: Kind[Event], path: tuple[str, ...], day: str
) -> None:
    record = SampleRecord(kind.cls)
    value: object = json.loads(record.value or b"")
    changed = replaced(value, path, day)
    if changed == value:
        return
    record.value = json.dumps(changed).encode()
    with pytest.raises(Malformed) as caught:
        record.read()
    assert path[-1] in str(caught.value) or path[-1] == "[]"
    assert "1900 to 2199" in str(caught.value)


def test_every_date_of_the_catalogue_is_tried_in_some_sample() -> None:
    tried = {
        path
        for kind, path in DATED
        for value in [json.loads(SampleRecord(kind.cls).value or b"")]
        if replaced(value, path, "") != value
    }
    assert {path for _, path in DATED} == tried


@pytest.mark.parametrize("day", ZERO_VALUES)
def test_an_event_did_not_happen_in_year_one(day: str) -> None:
    record = SampleRecord(InvoiceIssued)
    record.headers["ce_time"] = f"{day}T00:00:00Z".encode()
    with pytest.raises(Malformed, match="ce_time"):
        record.read()


@pytest.mark.parametrize("sequence", [2**63 - 1, 2**53 - 1, MAX_SEQUENCE + 1, 10**18])
def test_a_sequence_that_nothing_could_outrank_is_refused(sequence: int) -> None:
    record = SampleRecord(InvoiceIssued)
    record.headers["ce_sequence"] = str(sequence).encode()
    with pytest.raises(Malformed, match="ce_sequence"):
        record.read()


def test_erasure_outranks_every_sequence_and_a_payment_can_name_every_one() -> None:
    record = SampleRecord(InvoiceIssued)
    record.headers["ce_sequence"] = str(MAX_SEQUENCE).encode()
    assert record.read().sequence == MAX_SEQUENCE < LARGEST_SEQUENCE
    paid = [{"invoice_id": "in-1", "invoice_version": MAX_SEQUENCE, "amount": 10000}]
    assert SampleRecord(PaymentCaptured).change(allocations=paid).read()


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_that_a_browser_would_resolve_away_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="contact_id"):
        SampleRecord(CustomerRevised).change(contacts=[{"contact_id": name, "name": "n"}]).read()
    assert SampleRecord(AppointmentScheduled).change(invoice_ids=["...", ".a", "a."]).read()


@pytest.mark.parametrize(
    "zone",
    ["localtime", "Factory", "posixrules", "posix/Asia/Tokyo", "right/Asia/Tokyo", "asia/tokyo", "Mars/Base"],
)
def test_a_zone_is_one_of_ianas_list_whatever_this_machine_has_beside_it(zone: str) -> None:
    with pytest.raises(InvalidEvent, match="time_zone is not an IANA time zone"):
        SampleRecord(BrandingRevised).change(time_zone=zone).read()


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+12", "Japan", "America/Argentina/ComodRivadavia"])
def test_every_name_of_ianas_list_is_taken(zone: str) -> None:
    assert SampleRecord(BrandingRevised).change(time_zone=zone).read()


@pytest.mark.parametrize(
    ("cls", "change", "path"),
    [
        (CustomerRevised, {"display_name": "x" * 201}, "display_name"),
        (InvoiceIssued, {"memo": "x" * 4001}, "memo"),
        (InvoiceRevised, {"revision": {"number": 1, "on": "2026-11-23"}}, "revision.number"),
        (AppointmentScheduled, {"invoice_ids": [f"in-{number}" for number in range(201)]}, "invoice_ids"),
        (SignedIn, {"device": "x" * 201}, "device"),
        (BrandingRevised, {"reminders": {"hours_before": [8761]}}, "hours_before"),
    ],
)
def test_what_is_beyond_its_end_is_named(cls: type[Event], change: dict[str, object], path: str) -> None:
    with pytest.raises(Malformed, match=path):
        SampleRecord(cls).change(**change).read()


def test_the_longest_record_of_a_state_fits_the_log() -> None:
    """A list has as many items as a record of usual texts has room for."""
    line = {
        "description": "x" * 200,
        "quantity": "1",
        "unit_price": 10,
        "amount": 10,
        "tax_rate": "0",
    }
    record = SampleRecord(InvoiceIssued).change(
        lines=[line] * 500,
        discounts=[],
        deposit=None,
        recorded_payments=[],
        total=5000,
        tax_groups=[{"rate": "0", "net": 5000, "tax": 0}],
    )
    assert len(record.value or b"") < 1_000_000
    assert record.read()
