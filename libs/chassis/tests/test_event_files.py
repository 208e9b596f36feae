"""Files of events: what is read of them, and what is wrong where."""

import json

import pytest
from chassis.commands.event_files import FileFault, full_type, read_events

DATA: dict[str, object] = {"business_id": "b-1", "contact_id": "k1", "locale": "en", "kinds": {}}
GOOD: dict[str, object] = {"type": "PreferencesSet", "sequence": 3, "data": DATA}


def lines(*values: object) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def test_one_event_a_line_and_empty_lines_between() -> None:
    ready, faults = read_events(lines(GOOD) + b"\n\n" + lines({**GOOD, "sequence": 4}) + b"\n")
    assert [(each.line, each.envelope.sequence) for each in ready] == [(1, 3), (3, 4)]
    assert faults == []
    assert ready[0].record.key == b"b-1/k1"
    assert ready[0].envelope.source == "/portal/notifier"


@pytest.mark.parametrize("whole", [GOOD, [GOOD]], ids=["an object", "a list"])
def test_json_over_several_lines(whole: object) -> None:
    ready, faults = read_events(json.dumps(whole, indent=2).encode())
    assert (len(ready), faults) == (1, [])


def test_each_event_of_a_list_knows_its_line() -> None:
    bad = {**GOOD, "sequence": 0}
    text = json.dumps([GOOD, bad], indent=2).encode()
    _, faults = read_events(text)
    assert [fault.line for fault in faults] == [1 + text[: text.rindex(b'{\n    "type"')].count(b"\n")]


def test_what_is_given_is_taken() -> None:
    given = {"id": "019ab0f0-0000-7000-8000-000000000001", "time": "2026-11-22T01:02:03Z", "source": "/mine"}
    ((found,), _) = read_events(lines({**GOOD, **given}))
    assert (found.envelope.id, found.envelope.source) == (given["id"], "/mine")
    assert found.envelope.time.isoformat() == "2026-11-22T01:02:03+00:00"


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"type": "PreferenceSet"}, "unknown_type", "there is no event PreferenceSet"),
        ({"type": "portal.PreferencesSet.v9"}, "unknown_version", "known up to v1"),
        ({"data": {**DATA, "contact_id": 7}}, "malformed", "Expected `str`, got `int` - at `$.contact_id`"),
        ({"data": {"business_id": "b-1", "kinds": {}}}, "malformed", "missing required field `contact_id`"),
        ({"sequence": "three"}, "malformed", "at `$.sequence`"),
        ({"sequence": 0}, "malformed", "ce_sequence"),
        ({"sequenz": 1}, "malformed", "unknown field `sequenz`"),
        ({"time": "2026-11-22T01:02:03"}, "malformed", "ce_time"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(change: dict[str, object], code: str, message: str) -> None:
    ready, faults = read_events(lines(GOOD, {**GOOD, **change}, GOOD))
    assert len(ready) == 2
    assert [(fault.line, fault.code) for fault in faults] == [(2, code)]
    assert message in faults[0].message


def test_every_fault_of_an_event_is_said_with_its_path() -> None:
    data = {"business_id": "..", "contact_id": 7, "kinds": {"reminder": "no"}}
    _, faults = read_events(lines(GOOD, {**GOOD, "data": data}))
    assert [(fault.line, fault.path) for fault in faults] == [
        (2, "$.business_id"),
        (2, "$.contact_id"),
        (2, "$.kinds[...]"),
    ]


@pytest.mark.parametrize("text", [b"{broken", b'{"type": 1}\n{broken\n', b"\xff\xfe", b'"text"'])
def test_what_is_no_json_object_is_a_fault(text: bytes) -> None:
    ready, faults = read_events(text)
    assert ready == []
    assert faults
    assert all(isinstance(fault, FileFault) and fault.code == "malformed" for fault in faults)


def test_a_type_may_be_called_by_its_short_name() -> None:
    whole = "servicehub.InvoiceIssued.v1"
    assert {full_type(name) for name in ("InvoiceIssued", "servicehub.InvoiceIssued", whole)} == {whole}


def test_an_event_may_be_marked_as_no_news() -> None:
    ((marked, plain), _) = read_events(lines({**GOOD, "quiet": True}, GOOD))
    assert (marked.envelope.quiet, plain.envelope.quiet) == (True, False)
    assert ("ce_quiet", b"true") in marked.record.headers
