"""Which changes of topics, events and versions the gate refuses, and how it tells them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta
from msgspec.structs import replace
from servicehub_events.topic import Topic
from servicehub_events_tools.gate import (
    BreakingChange,
    compare,
    decide,
    load,
    present,
    read_narrowings,
    report,
    save,
    undecided,
    unpublished,
)
from servicehub_events_tools.gate.contract import PUBLISHED, Contract
from servicehub_events_tools.testing.variants import NAME, contract, field, registry, topic, variant

SENT = variant(x=field(int))
V3 = variant(3, x=field(int))


def told(old: Topic, new: Topic) -> list[tuple[str, str]]:
    return [(each.field, each.rule) for each in compare(contract(old), contract(new))]


@pytest.mark.parametrize(
    ("field_", "rule", "changes"),
    [
        ("key", "key", {"id_field": "business_id"}),
        ("source", "owner", {"source": "/portal/other"}),
        ("cleanup.policy", "retention", {"compact": False}),
        ("cleanup.policy", "retention", {"retention": timedelta(days=9)}),
    ],
)
def test_key_publisher_and_policy_of_a_topic_stay(field_: str, rule: str, changes: dict[str, object]) -> None:
    assert (field_, rule) in told(topic(SENT), topic(SENT, **changes))


@pytest.mark.parametrize("name", ["partitions", "partitioner"])
def test_the_partition_of_a_key_stays(name: str) -> None:
    now = contract(topic(SENT))
    (facts,) = now.topics.values()
    changed: object = {"partitions": 24, "partitioner": "crc32"}[name]
    then = Contract(now.schemas, {facts.name: replace(facts, **{name: changed})})
    (found,) = compare(then, now)
    assert (found.field, found.rule) == (name, "key")
    assert "next suffix" in found.remedy


def test_records_are_kept_as_long_as_before_or_longer() -> None:
    week, month = ({"compact": False, "retention": timedelta(days=days)} for days in (7, 30))
    assert told(topic(SENT, **month), topic(SENT, **week)) == [("retention.ms", "retention")]
    assert told(topic(SENT, **week), topic(SENT, **month)) == []
    assert told(topic(SENT, **month), topic(SENT, compact=False)) == []
    assert told(topic(SENT, compact=False), topic(SENT, **month)) == [("retention.ms", "retention")]


def test_a_topic_and_its_events_stay_where_they_are() -> None:
    other = variant(x=field(int))
    rules = {
        each.rule for each in compare(contract(topic(SENT)), contract(topic(other, name="portal.other.v1")))
    }
    assert rules == {"topic-removed"}
    both = contract(topic(name="portal.parcels.v1"), topic(other, name="portal.other.v1"))
    (moved,) = compare(contract(topic(SENT)), both)
    assert moved.rule == "event-moved"
    assert f"{NAME} moved to portal.other.v1" in moved.what


DAY = timedelta(days=1)
BRIEF = {"compact": False, "retention": DAY}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        (BRIEF, set[str]()),
        ({"compact": False, "retention": DAY + timedelta(seconds=1)}, {"topic-removed", "event-removed"}),
        ({"compact": False}, {"topic-removed", "event-removed"}),
        ({"retention": DAY}, {"topic-removed", "event-removed"}),
        ({}, {"topic-removed", "event-removed"}),
    ],
)
def test_a_topic_whose_records_are_all_gone_after_a_day_may_be_withdrawn(
    changes: dict[str, object], rules: set[str]
) -> None:
    assert {each.rule for each in compare(contract(topic(SENT, **changes)), contract())} == rules


def test_an_event_of_a_topic_that_stays_is_not_withdrawn() -> None:
    (gone,) = compare(contract(topic(SENT, **BRIEF)), contract(topic(**BRIEF)))
    assert gone.rule == "event-removed"


def test_a_reader_more_or_another_purpose_breaks_nothing_but_is_told() -> None:
    then, now = contract(topic(SENT)), contract(topic(SENT, readers=("billing",), purpose="Letters."))
    assert compare(then, now) == ()
    assert unpublished(then, now) == ("portal.parcels.v1",)


def test_an_event_is_never_taken_away_nor_its_version_lowered() -> None:
    (gone,) = compare(contract(topic(SENT)), contract(topic()))
    assert (gone.subject, gone.rule) == (f"{NAME}.v1", "event-removed")
    assert [each.rule for each in compare(contract(topic(V3)), contract(topic(SENT)))] == ["version-lowered"]


def test_a_new_version_needs_every_step_from_every_version_published() -> None:
    published = present(registry(SENT))
    whole = present(registry(V3, {(NAME, 1): dict, (NAME, 2): dict}))
    assert compare(published, whole) == ()
    assert unpublished(published, whole) == (f"{NAME}.v3", "portal.parcels.v1")
    (found,) = compare(published, present(registry(V3, {(NAME, 1): dict})))
    assert found.rule == "upcaster-missing"
    assert "no upcaster from v2" in found.what
    assert found.remedy == f'add ("{NAME}", 2) to UPCASTERS'


def breaking_change(subject: str, remedy: str = 'add ("portal.A", 1)') -> BreakingChange:
    return BreakingChange(
        subject=subject,
        field="total",
        rule="retyped",
        what="was integer, is string",
        harm="all",
        readers=("billing",),
        publisher="core",
        remedy=remedy,
    )


def test_a_change_of_a_shared_state_is_told_once_naming_every_event() -> None:
    said = report([breaking_change("portal.A.v1"), breaking_change("portal.B.v1", 'add ("portal.B", 1)')])
    assert said == (
        "portal.A.v1, portal.B.v1\n"
        "  field    total\n"
        "  change   was integer, is string [retyped]\n"
        "  harm     all\n"
        "  read by  billing; published by core\n"
        "  do       add (EVENT, 1)\n"
    )


def test_what_was_published_is_what_the_classes_survive() -> None:
    published = load()
    left = undecided(compare(published, present()), read_narrowings())
    assert left == (), "run: python -m servicehub_events_tools gate"
    assert len(published.schemas) >= 37
    assert PUBLISHED.is_dir()


def test_a_narrowing_that_is_decided_is_let_through_and_no_other(tmp_path: Path) -> None:
    texts = [variant(x=field(Annotated[str, Meta(max_length=limit)])) for limit in (300, 200, 100)]
    wide, narrow, narrower = (present(registry(cls)) for cls in texts)
    assert decide(compare(wide, narrow), "0021", tmp_path) == 1
    assert undecided(compare(wide, narrow), read_narrowings(tmp_path)) == ()
    (left,) = undecided(compare(wide, narrower), read_narrowings(tmp_path))
    assert left.what == "maxLength was 300, is 100"
    assert decide(compare(narrow, wide), "0021", tmp_path) == 0, "a widening is for readers to bear"
    assert decide(compare(wide, present(registry(variant(x=field(int))))), "0021", tmp_path) == 0


def test_every_narrowing_that_is_decided_is_one_and_its_decision_is_there() -> None:
    found = {(change.field, change.what) for change in compare(load(), present())}
    decisions = Path(__file__).parents[3] / "docs" / "decisions"
    for narrowing in read_narrowings():
        assert (narrowing.field, narrowing.what) in found
        assert list(decisions.glob(f"{narrowing.decision}-*.md"))


def test_saving_keeps_every_version(tmp_path: Path) -> None:
    save(present(registry(SENT)), tmp_path)
    save(present(registry(V3)), tmp_path)
    assert set(load(tmp_path).schemas) == {f"{NAME}.v1", f"{NAME}.v3"}
