"""The golden examples: what was once published stays readable for ever, and is written the same way now."""

import json
from pathlib import Path

import msgspec
import pytest
from servicehub_events import Event, decode, encode
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events_tools.examples import FOLDER, Example, add_samples, read_examples, record, richest
from servicehub_events_tools.gate import load, present, withdrawn
from servicehub_events_tools.testing.every import sample_envelopes, sample_examples

EXAMPLES = read_examples()
KINDS = REGISTRY.kinds()


@pytest.mark.parametrize("event_type", sorted(EXAMPLES))
def test_a_golden_record_decodes(event_type: str) -> None:
    example = EXAMPLES[event_type]
    key, headers, value = example.wire
    found = decode(topic=example.topic, key=key, headers=headers, value=value)
    assert found.id == example.headers["ce_id"]
    assert found.source == REGISTRY.topics[example.topic].source


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_an_event_is_written_as_its_golden_record_was(kind: Kind[Event]) -> None:
    example = EXAMPLES[kind.type]
    key, headers, value = example.wire
    again = encode(decode(topic=example.topic, key=key, headers=headers, value=value))
    assert again.key == key
    assert dict(again.headers) == dict(headers)
    assert json.loads(again.value) == example.value


def test_every_version_ever_published_has_a_golden_record_and_each_record_its_schema() -> None:
    gone = {event_type for topic in withdrawn(load(), present()) for event_type in topic.events}
    assert set(load().schemas) - gone <= set(EXAMPLES)
    assert {kind.type for kind in KINDS} <= set(EXAMPLES)
    for event_type, example in EXAMPLES.items():
        assert example.type == event_type


def test_an_absent_optional_field_is_left_out() -> None:
    samples = {envelope.type: envelope for envelope in sample_envelopes()}
    value = json.loads(encode(samples["servicehub.AppointmentScheduled.v1"]).value)
    assert "cancellation" not in value
    assert "series" not in value


def example(event_type: str, **value: object) -> Example:
    headers = {"ce_type": event_type}
    return Example(origin="log", topic="t", key="b/1", headers=headers, value=value)


def test_of_many_records_the_one_that_shows_most_is_kept_and_of_equals_the_first() -> None:
    poor, first = example("a.B.v1", x=1), example("a.B.v1", x=1, parts=[{"y": 2}])
    longer = example("a.B.v1", x=2, parts=[{"y": 3}, {"y": 4}, {"y": 5}])
    assert richest([poor, first, longer]) == {"a.B.v1": first}


def test_recording_replaces_a_sample_and_never_what_was_recorded(tmp_path: Path) -> None:
    def origin() -> tuple[str, object]:
        kept = read_examples(tmp_path)["a.B.v1"]
        return kept.origin, kept.value["x"]

    sample = msgspec.structs.replace(example("a.B.v1", x=1), origin="sample")
    (tmp_path / "a.B.v1.json").write_bytes(msgspec.json.encode(sample))
    assert record([example("a.B.v1", x=2)], tmp_path) == ["a.B.v1"]
    assert origin() == ("log", 2)
    assert record([example("a.B.v1", x=3)], tmp_path) == []
    assert origin() == ("log", 2)
    assert record([example("a.B.v1", x=4)], tmp_path, again=True) == ["a.B.v1"]
    assert origin() == ("log", 4)


def test_a_sample_stands_in_only_for_a_type_that_has_no_example(tmp_path: Path) -> None:
    first, second = example("a.B.v1", x=1), example("a.C.v1", x=1)
    assert add_samples([first], tmp_path) == ["a.B.v1"]
    assert add_samples([example("a.B.v1", x=2), second], tmp_path) == ["a.C.v1"]
    assert read_examples(tmp_path) == {"a.B.v1": first, "a.C.v1": second}


@pytest.mark.parametrize("sample", sample_examples(), ids=lambda sample: sample.type)
def test_a_sample_of_each_event_is_a_whole_record(sample: Example) -> None:
    key, headers, value = sample.wire
    assert decode(topic=sample.topic, key=key, headers=headers, value=value).type == sample.type
    assert sample.origin == "sample"


def test_the_files_are_named_by_the_type_within() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {each.type for each in EXAMPLES.values()}
