"""Names of types, topics as data, and reading older versions."""

from typing import ClassVar

import pytest
from msgspec.structs import replace
from servicehub_events import (
    TOPICS,
    AppointmentScheduled,
    Customer,
    CustomerRegistered,
    Event,
    Malformed,
    PreferencesSet,
    SignedIn,
    UnknownVersion,
    encode_event,
    event_type,
    topic_of,
)
from servicehub_events.registry import Registry, State, Upcaster
from servicehub_events.topics import PREFERENCES, Topic
from servicehub_events_tools.testing import samples
from servicehub_events_tools.testing.records import SampleRecord

DAY_MS = 86_400_000
CATALOGUE = "servicehub_events.catalogue."


def test_servicehubs_events_and_ours_are_named_apart() -> None:
    assert event_type(AppointmentScheduled) == "servicehub.AppointmentScheduled.v1"
    assert event_type(SignedIn) == "portal.SignedIn.v1"
    assert topic_of(CustomerRegistered).name == "servicehub.customers.v1"


def test_a_state_is_not_an_event() -> None:
    with pytest.raises(TypeError, match="Customer is not an event"):
        event_type(Customer)


def events_of_the_catalogue(state: type[Event] = Event) -> set[type[Event]]:
    """The classes of the catalogue that no other class of it builds on: events, not states."""
    derived = {cls for cls in state.__subclasses__() if cls.__module__.startswith(CATALOGUE)}
    return {event for cls in derived for event in events_of_the_catalogue(cls)} or {state}


def test_every_event_of_the_catalogue_is_on_one_topic() -> None:
    classes = [cls for topic in TOPICS for cls in topic.events]
    assert len(classes) == len(set(classes))
    assert set(classes) == events_of_the_catalogue()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_id_in_the_key_is_a_field_of_every_event(topic: Topic) -> None:
    for cls in topic.events:
        assert topic.id_field in cls.__struct_fields__


def test_retention_follows_the_architecture() -> None:
    config = {topic.name: topic.config for topic in TOPICS}
    assert config["servicehub.customers.v1"]["min.compaction.lag.ms"] == str(7 * DAY_MS)
    assert config["portal.payments.v1"]["cleanup.policy"] == "delete"
    assert config["portal.payments.v1"]["retention.ms"] == "-1"
    assert config["portal.sessions.v1"]["cleanup.policy"] == "compact,delete"
    assert config["portal.sessions.v1"]["retention.ms"] == str(45 * DAY_MS)
    assert config["portal.messages.v1"]["retention.ms"] == str(30 * DAY_MS)
    assert int(config["portal.messages.v1"]["segment.ms"]) < 30 * DAY_MS
    assert config["servicehub.invoices.v1"]["cleanup.policy"] == "compact"


class Later(PreferencesSet, frozen=True, kw_only=True):
    """The same event two schema versions on."""

    version: ClassVar[int] = 3
    quiet_hours: str


def _rename(state: State) -> State:
    return {**state, "hours": "none"}


def _rename_again(state: State) -> State:
    return {
        **{name: value for name, value in state.items() if name != "hours"},
        "quiet_hours": state["hours"],
    }


def _break(state: State) -> State:
    return {**state, "quiet_hours": 7}


def later(upcasters: dict[tuple[str, int], Upcaster]) -> Registry:
    cls = type("PreferencesSet", (Later,), {"__doc__": "It keeps its name."}, frozen=True, kw_only=True)
    topic = Topic(
        name=PREFERENCES.name,
        purpose=PREFERENCES.purpose,
        id_field="contact_id",
        owner="portal",
        source="/portal/notifier",
        readers=PREFERENCES.readers,
        events=(cls,),
        compact=True,
    )
    return Registry([topic], upcasters)


STEPS: dict[tuple[str, int], Upcaster] = {
    ("portal.PreferencesSet", 1): _rename,
    ("portal.PreferencesSet", 2): _rename_again,
}


def test_an_old_version_is_brought_up_step_by_step() -> None:
    event = SampleRecord(PreferencesSet).read(registry=later(STEPS)).event
    assert isinstance(event, Later)
    assert event.quiet_hours == "none"
    assert event.kinds == samples.preferences().kinds


def test_a_version_in_between_starts_at_its_own_step() -> None:
    record = SampleRecord(PreferencesSet).change(hours="22-7")
    record.headers["ce_type"] = b"portal.PreferencesSet.v2"
    event = record.read(registry=later(STEPS)).event
    assert isinstance(event, Later)
    assert event.quiet_hours == "22-7"


def test_a_missing_step_is_an_unknown_version() -> None:
    with pytest.raises(UnknownVersion, match="no upcaster from v2"):
        SampleRecord(PreferencesSet).read(registry=later({("portal.PreferencesSet", 1): _rename}))


def test_an_upcast_state_is_checked_like_any_other() -> None:
    steps: dict[tuple[str, int], Upcaster] = {**STEPS, ("portal.PreferencesSet", 2): _break}
    with pytest.raises(Malformed, match="quiet_hours"):
        SampleRecord(PreferencesSet).read(registry=later(steps))


def test_the_json_of_an_event_names_its_business_and_itself() -> None:
    assert encode_event(replace(samples.preferences(), kinds={}, channels={})) == (
        b'{"business_id":"b-1","contact_id":"co-1","locale":"en","kinds":{}}'
    )
