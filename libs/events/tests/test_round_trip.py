"""Whatever can be published can be read, and reads the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from servicehub_events import (
    Event,
    decode,
    decode_event,
    encode,
    encode_event,
    topic_of,
)
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events_tools.testing.strategies import envelopes

KINDS = REGISTRY.kinds()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@settings(max_examples=settings().max_examples // 4)
@given(data=st.data())
def test_every_event_comes_back_as_it_was_from_the_log_and_from_the_store(
    kind: Kind[Event], data: DataObject
) -> None:
    envelope = data.draw(envelopes(st.just(kind)))
    record = encode(envelope)
    found = decode(**record._asdict())
    assert found == envelope  # its time too, to the microsecond
    assert type(found.event) is kind.cls
    assert record.topic == topic_of(kind.cls).name
    assert decode_event(kind.type, encode_event(envelope.event)) == envelope.event
