"""The gate: the contract as published against the contract as the classes now state it."""

from __future__ import annotations

from collections.abc import Iterator

from servicehub_events_tools.derive.topic_facts import TopicFacts
from servicehub_events_tools.gate.contract import Contract, split
from servicehub_events_tools.gate.findings import Finding
from servicehub_events_tools.gate.schema_diff import MEANING, READERS, REWORDED, STORED, diff

_ORDER = "order and compaction break: an aggregate's records lie in two places"
_NEW_TOPIC = "put it back, or state a new topic beside it (next suffix) and move its readers there first"
_PUT_BACK = "put it back: it is read for ever"


def compare(published: Contract, present: Contract) -> tuple[Finding, ...]:
    """Every breaking change; empty if whoever reads the published contract survives the present one."""
    return (*_events(published, present), *_topics(published, present))


def unpublished(published: Contract, present: Contract) -> tuple[str, ...]:
    """Types whose schema, and topics whose facts, differ from what is published or are not there yet."""
    return (
        *(name for name, schema in present.schemas.items() if published.schemas.get(name) != schema),
        *(name for name, facts in present.topics.items() if published.topics.get(name) != facts),
    )


def _events(published: Contract, present: Contract) -> Iterator[Finding]:
    for event_type in published.schemas:
        name, version = split(event_type)
        now = present.version(name)
        if not now:
            yield _finding(published, event_type, "event-removed", "was removed", STORED, _PUT_BACK)
        elif now < version:
            what = f"v{version} was published, the class is at v{now}"
            yield _finding(published, event_type, "version-lowered", what, STORED, _PUT_BACK)
        elif now > version:
            yield from _chain(published, present, event_type, now)
        else:
            yield from _changes(published, present, event_type)


def _chain(published: Contract, present: Contract, event_type: str, now: int) -> Iterator[Finding]:
    name, version = split(event_type)
    for step in range(version, now):
        if (name, step) not in present.steps:
            what = f"the class is at v{now}, but there is no upcaster from v{step}"
            remedy = f'add ("{name}", {step}) to UPCASTERS'
            yield _finding(published, event_type, "upcaster-missing", what, STORED, remedy)


def _changes(published: Contract, present: Contract, event_type: str) -> Iterator[Finding]:
    name, version = split(event_type)
    raised = f'put it back, or raise `version` to {version + 1} and add ("{name}", {version}) to UPCASTERS'
    for field, rule, what, harm in diff(published.schemas[event_type], present.schemas[event_type]):
        reworded = "; if only the wording changed: publish --reworded" if rule == REWORDED else ""
        yield _finding(published, event_type, rule, what, harm, raised + reworded, field)


def _finding(
    published: Contract, event_type: str, rule: str, what: str, harm: str, remedy: str, field: str = ""
) -> Finding:
    topic = published.topic_of(split(event_type)[0])
    return Finding(
        subject=event_type,
        field=field,
        rule=rule,
        what=what,
        harm=harm,
        readers=topic.readers if topic else (),
        publisher=topic.publisher if topic else "nobody",
        remedy=remedy,
    )


def _topics(published: Contract, present: Contract) -> Iterator[Finding]:
    for name, old in published.topics.items():
        new = present.topics.get(name)
        if new is None:
            yield _about(old, "", "topic-removed", "was removed", STORED, _PUT_BACK)
            continue
        yield from _facts(old, new)
        yield from _moved(old, new, present)


def _facts(old: TopicFacts, new: TopicFacts) -> Iterator[Finding]:
    for field in ("key", "partitions", "partitioner"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield _about(old, field, "key", f"was {before}, is {after}", _ORDER, _NEW_TOPIC)
    if old.source != new.source:
        what = f"was {old.source}, is {new.source}"
        yield _about(old, "source", "owner", what, "access rights and readers expect the other", _NEW_TOPIC)
    before, after = old.config["cleanup.policy"], new.config["cleanup.policy"]
    if before != after:
        what = f"was {before}, is {after}"
        yield _about(old, "cleanup.policy", "retention", what, MEANING, _NEW_TOPIC)
    if _span(new) < _span(old):
        what = f"was {old.config['retention.ms']}, is {new.config['retention.ms']}"
        harm = "a reader that starts anew, or was away, no longer finds what it needs"
        yield _about(old, "retention.ms", "retention", what, harm, "keep it as long as before, or longer")


def _span(topic: TopicFacts) -> float:
    milliseconds = int(topic.config["retention.ms"])
    return float("inf") if milliseconds < 0 else milliseconds


def _moved(old: TopicFacts, new: TopicFacts, present: Contract) -> Iterator[Finding]:
    here = {split(each)[0] for each in new.events}
    for name in dict.fromkeys(split(each)[0] for each in old.events):
        elsewhere = present.topic_of(name)
        if name not in here and elsewhere:
            what = f"{name} moved to {elsewhere.name}"
            yield _about(old, "", "event-moved", what, f"{STORED}; {READERS}", _PUT_BACK)


def _about(topic: TopicFacts, field: str, rule: str, what: str, harm: str, remedy: str) -> Finding:
    return Finding(
        subject=topic.name,
        field=field,
        rule=rule,
        what=what,
        harm=harm,
        readers=topic.readers,
        publisher=topic.publisher,
        remedy=remedy,
    )
