"""The gate: the contract as published against the contract as the classes now state it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from servicehub_events_tools.derive.topic_facts import TopicFacts
from servicehub_events_tools.gate.breaking_changes import BreakingChange
from servicehub_events_tools.gate.contract import Contract, names, split
from servicehub_events_tools.gate.schema_diff import MEANING, READERS, REWORDED, STORED, added, diff

_ORDER = "order and compaction break: an aggregate's records lie in two places"
_NEW_TOPIC = "put it back, or state a new topic beside it (next suffix) and move its readers there first"
_PUT_BACK = "put it back: it is read for ever"
_BRIEF: Final = timedelta(days=1)


def compare(published: Contract, present: Contract) -> tuple[BreakingChange, ...]:
    """Every breaking change; empty if whoever reads the published contract survives the present one."""
    return (*_events(published, present), *_topics(published, present))


def unpublished(published: Contract, present: Contract) -> tuple[str, ...]:
    """Types whose schema, and topics whose facts, differ from what is published or are not there yet."""
    return (
        *(name for name, schema in present.schemas.items() if published.schemas.get(name) != schema),
        *(name for name, facts in present.topics.items() if published.topics.get(name) != facts),
    )


def added_fields(published: Contract, present: Contract, name: str) -> tuple[str, ...]:
    """The fields that a published type has gained; none for a topic or a new type."""
    old, new = published.schemas.get(name), present.schemas.get(name)
    return added(old, new) if old and new else ()


def withdrawn(published: Contract, present: Contract) -> tuple[TopicFacts, ...]:
    """Topics that are there no more and may be gone: a day later no record of them is left to be read."""
    gone = [topic for name, topic in published.topics.items() if name not in present.topics]
    return tuple(topic for topic in gone if _is_brief(topic))


def _is_brief(topic: TopicFacts) -> bool:
    within = _span(topic) <= _BRIEF / timedelta(milliseconds=1)
    return within and topic.config["cleanup.policy"] == "delete"


def _events(published: Contract, present: Contract) -> Iterator[BreakingChange]:
    brief = [event for topic in withdrawn(published, present) for event in names(topic.events)]
    for event_type in published.schemas:
        name, version = split(event_type)
        now = present.version(name)
        if not now and name in brief:
            continue
        if not now:
            yield _of_event(published, event_type, "event-removed", "was removed", STORED, _PUT_BACK)
        elif now < version:
            what = f"v{version} was published, the class is at v{now}"
            yield _of_event(published, event_type, "version-lowered", what, STORED, _PUT_BACK)
        elif now > version:
            yield from _chain(published, present, event_type, now)
        else:
            yield from _changes(published, present, event_type)


def _chain(published: Contract, present: Contract, event_type: str, now: int) -> Iterator[BreakingChange]:
    name, version = split(event_type)
    for step in range(version, now):
        if (name, step) not in present.steps:
            what = f"the class is at v{now}, but there is no upcaster from v{step}"
            remedy = f'add ("{name}", {step}) to UPCASTERS'
            yield _of_event(published, event_type, "upcaster-missing", what, STORED, remedy)


def _changes(published: Contract, present: Contract, event_type: str) -> Iterator[BreakingChange]:
    name, version = split(event_type)
    raised = f'put it back, or raise `version` to {version + 1} and add ("{name}", {version}) to UPCASTERS'
    for field, rule, what, harm in diff(published.schemas[event_type], present.schemas[event_type]):
        reworded = "; if only the wording changed: publish --reworded" if rule == REWORDED else ""
        yield _of_event(published, event_type, rule, what, harm, raised + reworded, field)


def _of_event(
    published: Contract, event_type: str, rule: str, what: str, harm: str, remedy: str, field: str = ""
) -> BreakingChange:
    topic = published.topic_of(split(event_type)[0])
    return BreakingChange(
        subject=event_type,
        field=field,
        rule=rule,
        what=what,
        harm=harm,
        readers=topic.readers if topic else (),
        publisher=topic.publisher if topic else "nobody",
        remedy=remedy,
    )


def _topics(published: Contract, present: Contract) -> Iterator[BreakingChange]:
    for name, old in published.topics.items():
        new = present.topics.get(name)
        if new is None:
            if old not in withdrawn(published, present):
                yield _of_topic(old, "", "topic-removed", "was removed", STORED, _PUT_BACK)
            continue
        yield from _facts(old, new)
        yield from _moved(old, new, present)


def _facts(old: TopicFacts, new: TopicFacts) -> Iterator[BreakingChange]:
    for field in ("key", "partitions", "partitioner"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield _of_topic(old, field, "key", f"was {before}, is {after}", _ORDER, _NEW_TOPIC)
    if old.source != new.source:
        what, harm = f"was {old.source}, is {new.source}", "access rights and readers expect the other"
        yield _of_topic(old, "source", "owner", what, harm, _NEW_TOPIC)
    before, after = old.config["cleanup.policy"], new.config["cleanup.policy"]
    if before != after:
        what = f"was {before}, is {after}"
        yield _of_topic(old, "cleanup.policy", "retention", what, MEANING, _NEW_TOPIC)
    if _span(new) < _span(old):
        what = f"was {old.config['retention.ms']}, is {new.config['retention.ms']}"
        harm = "a reader that starts anew, or was away, no longer finds what it needs"
        yield _of_topic(old, "retention.ms", "retention", what, harm, "keep it as long as before, or longer")


def _span(topic: TopicFacts) -> float:
    milliseconds = int(topic.config["retention.ms"])
    return float("inf") if milliseconds < 0 else milliseconds


def _moved(old: TopicFacts, new: TopicFacts, present: Contract) -> Iterator[BreakingChange]:
    for name in names(old.events):
        elsewhere = present.topic_of(name)
        if name not in names(new.events) and elsewhere:
            what = f"{name} moved to {elsewhere.name}"
            yield _of_topic(old, "", "event-moved", what, f"{STORED}; {READERS}", _PUT_BACK)


def _of_topic(topic: TopicFacts, field: str, rule: str, what: str, harm: str, remedy: str) -> BreakingChange:
    return BreakingChange(
        subject=topic.name,
        field=field,
        rule=rule,
        what=what,
        harm=harm,
        readers=topic.readers,
        publisher=topic.publisher,
        remedy=remedy,
    )
