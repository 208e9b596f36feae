"""The checked-in examples: what was once published stays readable, and says the same."""

import json
from pathlib import Path

import pytest
from servicehub_events import Event, decode, encode
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events.testing.every import sample_envelopes

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.json"))
SAMPLES = {envelope.type: envelope for envelope in sample_envelopes()}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_golden_record_still_decodes(path: Path) -> None:
    golden = json.loads(path.read_text())
    found = decode(
        topic=golden["topic"],
        key=golden["key"].encode(),
        headers=[(name, text.encode()) for name, text in golden["headers"].items()],
        value=json.dumps(golden["value"]).encode(),
    )
    if path.stem in SAMPLES:  # an older version is upcast and need only decode
        assert found == SAMPLES[path.stem]


@pytest.mark.parametrize("kind", REGISTRY.kinds(), ids=lambda kind: kind.type)
def test_the_wire_form_of_every_event_is_pinned(kind: Kind[Event]) -> None:
    golden = json.loads((FOLDER / f"{kind.type}.json").read_text())
    record = encode(SAMPLES[kind.type])
    assert record.topic == golden["topic"]
    assert record.key.decode() == golden["key"]
    assert {name: data.decode() for name, data in record.headers} == golden["headers"]
    assert json.loads(record.value) == golden["value"]


def test_an_absent_optional_field_is_left_out() -> None:
    value = json.loads(encode(SAMPLES["servicehub.AppointmentScheduled.v1"]).value)
    assert "cancellation" not in value
    assert "series" not in value
