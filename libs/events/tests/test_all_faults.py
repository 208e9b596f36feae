"""A refused record is told of everything that is wrong with it, so that its publisher mends it once."""

import json

import pytest
from servicehub_events import (
    CustomerRevised,
    Fault,
    InvalidEvent,
    InvoiceIssued,
    Malformed,
    PaymentCaptured,
    PreferencesSet,
    TooLarge,
    decode_event,
)
from servicehub_events_tools.testing.records import SampleRecord

ISSUED = "servicehub.InvoiceIssued.v1"


def faults(record: SampleRecord) -> list[Fault]:
    with pytest.raises(InvalidEvent) as caught:
        record.read()
    assert caught.value.code == caught.value.faults[0].code
    assert all(fault.message in str(caught.value) for fault in caught.value.faults)
    return list(caught.value.faults)


def places(record: SampleRecord) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in faults(record)]


def test_every_field_of_a_value_is_looked_at() -> None:
    lines = [
        {"description": "a", "quantity": 1, "unit_price": 1.5, "amount": 1, "tax_rate": "10"},
        {"description": "b", "quantity": "1", "unit_price": 1, "amount": "1"},
    ]
    record = SampleRecord(InvoiceIssued).change(lines=lines, total=..., due_on="9999-12-31", status="new")
    assert places(record) == [
        ("malformed", path)
        for path in (
            "$.status",
            "$.due_on",
            "$.lines[0].quantity",
            "$.lines[0].unit_price",
            "$.lines[1].amount",
            "$.lines[1].tax_rate",
            "$.total",
        )
    ]


def test_headers_value_and_key_are_told_together() -> None:
    record = SampleRecord(CustomerRevised).change(portal_access="yes")
    del record.headers["ce_sequence"]
    record.headers["ce_time"] = b"0001-01-01T00:00:00Z"
    record.headers["ce_businessid"] = b"other"
    record.key = b"b-2/cu-1"
    assert places(record) == [
        ("malformed", "ce_time"),
        ("malformed", "ce_sequence"),
        ("malformed", "$.portal_access"),
        ("key_mismatch", "ce_businessid"),
        ("key_mismatch", "key"),
    ]


def test_every_rule_that_is_broken_is_told_with_the_field_that_it_is_about() -> None:
    record = SampleRecord(InvoiceIssued).change(total=1, currency="ZZZ", status="void")
    assert places(record) == [
        ("invariant_violated", path)
        for path in ("$.status", "$.currency", "$.tax_groups", "$.deposit.amount")
    ]


def test_a_list_that_is_too_long_is_told_beside_its_wrong_items() -> None:
    record = SampleRecord(InvoiceIssued).change(appointment_ids=["a/b", *(f"a-{n}" for n in range(600))])
    assert places(record) == [("malformed", "$.appointment_ids[0]"), ("malformed", "$.appointment_ids")]


def test_a_hundred_faults_are_named_to_a_machine_and_twenty_to_a_person() -> None:
    record = SampleRecord(CustomerRevised).change(contacts=[dict[str, str]()] * 50)
    with pytest.raises(Malformed) as caught:
        record.read()
    assert len(caught.value.faults) == 100
    assert str(caught.value).endswith("; and 80 more")


def test_the_names_of_a_map_are_not_repeated() -> None:
    record = SampleRecord(PreferencesSet).change(kinds={"secret-text": 1})
    assert faults(record) == [
        Fault("malformed", "$.kinds[...]", "Expected `bool`, got `int` - at `$.kinds[...]`")
    ]


def test_a_record_that_is_too_large_is_not_looked_through() -> None:
    record = SampleRecord(CustomerRevised)
    record.value = b"{" * 1_000_001
    with pytest.raises(TooLarge) as caught:
        record.read()
    assert len(caught.value.faults) == 1


def test_a_value_by_itself_is_told_of_all_its_faults_too() -> None:
    value = json.loads(SampleRecord(InvoiceIssued).value or b"")
    with pytest.raises(Malformed) as caught:
        decode_event(ISSUED, json.dumps({**value, "total": "1", "issued_on": "0001-01-01"}).encode())
    assert [fault.path for fault in caught.value.faults] == ["$.issued_on", "$.total"]


def test_a_fault_of_one_field_is_told_as_the_decoder_tells_it() -> None:
    record = SampleRecord(PaymentCaptured).change(amount=10000.0)
    assert [fault.message for fault in faults(record)] == ["Expected `int`, got `float` - at `$.amount`"]
