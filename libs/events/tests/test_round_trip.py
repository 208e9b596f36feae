"""Whatever can be published can be read, and reads the same."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from servicehub_events import (
    Envelope,
    Event,
    decode,
    decode_event,
    encode,
    encode_event,
    topic_of,
)
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events_tools.testing.strategies import envelopes, events

KINDS = REGISTRY.kinds()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_event_comes_back_as_it_was(kind: Kind[Event], data: DataObject) -> None:
    envelope = data.draw(envelopes(st.just(kind)))
    record = encode(envelope)
    found = decode(**record._asdict())
    assert found == envelope
    assert type(found.event) is kind.cls
    assert record.topic == topic_of(kind.cls).name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_stored_event_reads_back_from_its_type(kind: Kind[Event], data: DataObject) -> None:
    event = data.draw(events(kind))
    assert decode_event(kind.type, encode_event(event)) == event


@settings(max_examples=50, deadline=None)
@given(envelopes())
def test_the_time_keeps_its_instant_to_the_microsecond(envelope: Envelope) -> None:
    record = encode(envelope)
    found = decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
    assert found.time - envelope.time == timedelta(0)
    assert found.time.utcoffset() is not None
