"""Each way a record can be wrong has its own error with a stable code, and none repeats what people wrote."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events import (
    CustomerRevised,
    InvalidEvent,
    InvariantViolated,
    InvoiceIssued,
    KeyMismatch,
    Malformed,
    PaymentCaptured,
    Tombstone,
    TooLarge,
    UnknownType,
    UnknownVersion,
    decode,
)
from servicehub_events_tools.testing.records import SampleRecord


def failure(record: SampleRecord, expected: type[InvalidEvent]) -> str:
    with pytest.raises(InvalidEvent) as caught:
        record.read()
    assert type(caught.value) is expected
    return str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"business_id":"\xff"}',
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_a_value_that_is_not_a_json_object_is_malformed(value: bytes) -> None:
    record = SampleRecord(CustomerRevised)
    record.value = value
    failure(record, Malformed)


def test_a_missing_field_is_named() -> None:
    assert "portal_access" in failure(SampleRecord(CustomerRevised).change(portal_access=...), Malformed)


def test_a_wrong_type_is_named_by_its_path() -> None:
    contacts = [{"contact_id": "c", "name": "n", "email": 5}]
    record = SampleRecord(CustomerRevised).change(contacts=contacts)
    assert "$.contacts[0].email" in failure(record, Malformed)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "secret-text"},
        {"contacts": [{"contact_id": "c", "name": "secret-text\x00"}]},
        {"contacts": [{"contact_id": "c", "name": "n", "email": "secret-text"}]},
        {"contacts": [{"contact_id": "c", "name": "n", "email": "secret-text@x\r\nBcc: y@z"}]},
        {"contacts": [{"contact_id": "c", "name": "n", "email": "secret-text@x\n"}]},
        {"contacts": [{"contact_id": "c", "name": "n", "phone": "090-secret-text"}]},
        {"customer_id": "secret-text/2"},
        {"customer_id": "secret-text\n"},
        {"customer_id": "secret-text" * 6},
        {"customer_id": ""},
    ],
)
def test_a_bad_value_is_refused_and_not_repeated(change: dict[str, object]) -> None:
    assert "secret-text" not in failure(SampleRecord(CustomerRevised).change(**change), Malformed)


def test_a_time_without_offset_is_malformed() -> None:
    failure(SampleRecord(PaymentCaptured).change(occurred_at="2026-11-22T10:00:00"), Malformed)


def test_money_is_never_a_float() -> None:
    failure(SampleRecord(PaymentCaptured).change(amount=10000.0), Malformed)


def test_unknown_fields_are_ignored() -> None:
    assert SampleRecord(CustomerRevised).change(not_yet_invented={"a": [1]}).read().event == (
        SampleRecord(CustomerRevised).read().event
    )


@pytest.mark.parametrize(
    "header",
    [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_businessid",
        "ce_sequence",
        "content-type",
    ],
)
def test_a_missing_header_is_named(header: str) -> None:
    record = SampleRecord(CustomerRevised)
    del record.headers[header]
    assert header in failure(record, Malformed)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"17"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-11-22T10:00:00"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"9223372036854775808"),
        ("ce_sequence", "\u0661".encode()),
        ("ce_quiet", b"yes"),
        ("ce_quiet", b"True"),
        ("ce_source", b""),
        ("ce_subject", b"\xff"),
        ("content-type", b"application/cloudevents+json"),
    ],
)
def test_a_bad_header_is_malformed(header: str, data: bytes) -> None:
    record = SampleRecord(CustomerRevised)
    record.headers[header] = data
    assert header in failure(record, Malformed)


def test_a_doubled_header_is_malformed() -> None:
    record = SampleRecord(CustomerRevised)
    headers = [*record.headers.items(), ("ce_type", b"portal.SignedIn.v1")]
    with pytest.raises(Malformed, match="'ce_type' is there twice"):
        decode(topic=record.topic, key=record.key, headers=headers, value=record.value)


def test_a_broken_traceparent_is_ignored() -> None:
    record = SampleRecord(CustomerRevised)
    record.headers["traceparent"] = b"not a trace"
    assert record.read().traceparent is None


@pytest.mark.parametrize(
    "name", [b"nonsense", b"servicehub.CustomerRenamed.v1", b"servicehub.CustomerRevised.v0"]
)
def test_an_event_the_catalogue_does_not_have_is_unknown(name: bytes) -> None:
    record = SampleRecord(CustomerRevised)
    record.headers["ce_type"] = name
    failure(record, UnknownType)


def test_an_event_on_another_topic_is_unknown_there() -> None:
    record = SampleRecord(CustomerRevised)
    record.topic = "portal.payments.v1"
    assert "servicehub.customers.v1" in failure(record, UnknownType)


def test_a_later_version_is_unknown() -> None:
    record = SampleRecord(CustomerRevised)
    record.headers["ce_type"] = b"servicehub.CustomerRevised.v2"
    assert "up to v1" in failure(record, UnknownVersion)


@pytest.mark.parametrize("key", [b"b-2/cu-1", b"b-1/cu-2", b"b-1", b"", None, b"b-1/cu-1/x", b"\xff"])
def test_a_key_that_names_another_aggregate_is_refused(key: bytes | None) -> None:
    record = SampleRecord(CustomerRevised)
    record.key = key
    failure(record, KeyMismatch)


def test_headers_that_disagree_with_the_value_are_refused() -> None:
    for header in ("ce_businessid", "ce_subject"):
        record = SampleRecord(CustomerRevised)
        record.headers[header] = b"other"
        assert header in failure(record, KeyMismatch)


def test_a_value_of_another_business_is_refused_even_if_the_headers_agree() -> None:
    failure(SampleRecord(CustomerRevised).change(business_id="b-2"), KeyMismatch)


def test_a_record_without_a_value_deletes_nothing() -> None:
    record = SampleRecord(CustomerRevised)
    record.value = None
    assert "erasure" in failure(record, Tombstone)


def test_a_record_above_the_limit_is_refused_before_it_is_parsed() -> None:
    record = SampleRecord(CustomerRevised)
    record.value = b"{" * 1_000_001
    failure(record, TooLarge)


def test_a_broken_invariant_lists_what_is_wrong() -> None:
    record = SampleRecord(InvoiceIssued).change(total=1, deposit=None)
    with pytest.raises(InvariantViolated) as caught:
        record.read()
    assert caught.value.violations == ("tax_groups sum to 17560, but total is 1",)


def test_every_error_has_a_code_of_its_own() -> None:
    errors = [
        Malformed,
        Tombstone,
        TooLarge,
        UnknownType,
        UnknownVersion,
        KeyMismatch,
        InvariantViolated,
    ]
    assert len({error.code for error in errors} | {InvalidEvent.code}) == len(errors) + 1


@given(at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_a_flipped_byte_is_read_or_refused_but_never_crashes(at: int, byte: int) -> None:
    record = SampleRecord(InvoiceIssued)
    value = bytearray(record.value or b"")
    value[at % len(value)] = byte
    record.value = bytes(value)
    with suppress(InvalidEvent):
        record.read()


@given(value=st.binary(max_size=60), name=st.text(max_size=10), data=st.binary(max_size=20))
def test_arbitrary_bytes_never_crash_the_reader(value: bytes, name: str, data: bytes) -> None:
    record = SampleRecord(InvoiceIssued)
    record.value = value
    record.headers[name] = data
    with pytest.raises(InvalidEvent):
        record.read()
