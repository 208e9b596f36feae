"""Where consumers stand: at the end, never further back than before, and truly told to others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol, cast

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from portal_testing.stack import eventually, whole_log
from portal_testing.stack.command import portal
from portal_testing.stack.whole_log import LogRecord, Place

from tests.chaos.judges.databases import CONSUMERS, Databases
from tests.chaos.judges.ledger import Ledger
from tests.chaos.judges.verdict import Verdict

GROUPS = {"identity": "portal-read.people", "documents": "portal-read.work"}
"""Kind of portal-read's consumer → its name, which is its group too."""
Offsets = Mapping[tuple[str, int], int]
"""(topic, partition) → next offset."""
_RECORD_MOVES = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.moves (
    number bigint GENERATED ALWAYS AS IDENTITY,
    consumer text, topic text, partition integer, before bigint, after bigint
);
CREATE FUNCTION chaos.moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO chaos.moves (consumer, topic, partition, before, after)
    VALUES (NEW.consumer, NEW.topic, NEW.partition, OLD.next_offset, NEW.next_offset);
    RETURN NULL;
END $$;
CREATE TRIGGER moved AFTER UPDATE ON positions FOR EACH ROW
WHEN (OLD.next_offset <> NEW.next_offset) EXECUTE FUNCTION chaos.moved();
"""
_BACKWARD = (
    "SELECT consumer, topic, partition, before, after FROM chaos.moves WHERE after < before ORDER BY number"
)


async def record_moves(databases: Databases) -> None:
    """From now on a trigger writes down every move of every position, as it is committed."""
    for package in CONSUMERS:
        await databases.query(package, _RECORD_MOVES)


async def judge_moves(verdict: Verdict, databases: Databases) -> None:
    """No position ever went back: a record that is passed twice was applied twice, whatever guard hid it."""
    for package in CONSUMERS:
        for consumer, topic, partition, before, after in await databases.query(package, _BACKWARD):
            verdict.doubled.append(f"{consumer} at {topic}/{partition} went back from {before} to {after}")


async def judge_positions(
    verdict: Verdict, ledger: Ledger, log: Iterable[LogRecord], databases: Databases
) -> None:
    """Every consumer stands behind the last record it reads, and set aside exactly the malformed ones.

    And portal-read those that came too late: for certain each that is the last of its key.
    """
    log = list(log)
    offsets = defaultdict[tuple[str, int], list[int]](list)
    for record in log:
        offsets[record.place.topic, record.place.partition].append(record.place.offset)
    positions = await databases.positions()
    for (consumer, topic, partition), position in positions.items():
        unread = [offset for offset in offsets[topic, partition] if offset >= position]
        verdict.missing += [f"{consumer} has not read {topic}/{partition}/{offset}" for offset in unread]
        verdict.applied += len(offsets[topic, partition]) - len(unread)
    letters = await databases.dead_letters()
    readers = {(consumer, topic) for consumer, topic, _ in positions}
    expected = {(c, *place) for c, topic in readers for place in ledger.malformed if place.topic == topic}
    verdict.set_aside = len(letters & expected)
    verdict.applied -= verdict.set_aside
    verdict.missing += [f"dead letter {one}: absent" for one in sorted(expected - letters)]
    late, last = _late(record for record in log if record.place not in ledger.malformed)
    watching = [(consumer, topic) for consumer, topic in readers if consumer in GROUPS.values()]
    overtaken, must = (
        {(consumer, *place) for consumer, topic in watching for place in places if place.topic == topic}
        for places in (late, last)
    )
    verdict.missing += [f"dead letter {one}: absent" for one in sorted(must - letters)]
    verdict.doubled += [
        f"dead letter {one}: of a good record" for one in sorted(letters - expected - overtaken)
    ]


def _late(log: Iterable[LogRecord]) -> tuple[set[Place], set[Place]]:
    """Records older than one of their key before them, and those of them that are the last of their keys."""
    newest: dict[tuple[str, str], tuple[bool, int]] = {}
    last: dict[tuple[str, str], Place] = {}
    late: set[Place] = set()
    for record in log:
        key, version = (record.place.topic, record.key), (record.event.endswith("Erased"), record.sequence)
        newest[key], last[key] = max(newest.get(key, version), version), record.place
        if version < newest[key]:
            late.add(record.place)
    return late, late & set(last.values())


async def until_committed(databases: Databases, bootstrap: str) -> None:
    """Wait until Kafka was told all that PostgreSQL knows; consumers tell it once a second."""

    async def told() -> bool:
        stored = {group: await _stored(databases, group) for group in GROUPS.values()}
        return await _committed(bootstrap) == stored

    await eventually(told, what="Kafka knows the positions", within=60, every=0.25)


async def judge_lag(
    verdict: Verdict, databases: Databases, bootstrap: str, environment: Mapping[str, str]
) -> None:
    """The log, Kafka's groups and `portal projection status` agree on how far portal-read is behind.

    Asked while nobody publishes: the notifier still tells of what was published before.
    """

    async def asked() -> tuple[Offsets, dict[str, Offsets], dict[str, int], Offsets]:
        ends = await whole_log.ends(bootstrap)
        return ends, await _committed(bootstrap), await _status(environment), await whole_log.ends(bootstrap)

    ends, committed, status, _ = await eventually(
        asked, what="the log is the same before and after", within=60, met=lambda told: told[0] == told[3]
    )
    for kind, group in GROUPS.items():
        lag = _lag(ends, await _stored(databases, group))
        answers = {"Kafka": _lag(ends, committed[group]), "portal projection status": status[kind]}
        if lag == 0 or set(answers.values()) != {lag}:
            verdict.missing.append(f"{group} is {lag} behind; the answers are {answers}")


def _lag(ends: Offsets, offsets: Offsets) -> int:
    return sum(ends[place] - offset for place, offset in offsets.items())


async def _stored(databases: Databases, group: str) -> Offsets:
    positions = await databases.positions()
    return {
        (topic, partition): n for (consumer, topic, partition), n in positions.items() if consumer == group
    }


class _GroupOffset(Protocol):
    offset: int


class _GroupAdmin(Protocol):
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def list_consumer_group_offsets(self, group_id: str) -> Mapping[TopicPartition, _GroupOffset]: ...


async def _committed(bootstrap: str) -> dict[str, Offsets]:
    admin = cast(_GroupAdmin, AIOKafkaAdminClient(bootstrap_servers=bootstrap))
    await admin.start()
    try:
        answers = {group: await admin.list_consumer_group_offsets(group) for group in GROUPS.values()}
    finally:
        await admin.close()
    return {
        group: {(tp.topic, tp.partition): place.offset for tp, place in offsets.items()}
        for group, offsets in answers.items()
    }


class _ConsumerLag(msgspec.Struct):
    lag: int


class _ProjectionLag(msgspec.Struct):
    active: bool
    consumers: dict[str, _ConsumerLag]


async def _status(environment: Mapping[str, str]) -> dict[str, int]:
    """Kind of consumer → lag, as the command says of the projection that is shown."""
    _, output, _ = await portal(environment, "projection", "status", "--quick", "--json")
    projections = msgspec.json.decode(output, type=list[_ProjectionLag])
    return {kind: part.lag for one in projections if one.active for kind, part in one.consumers.items()}
