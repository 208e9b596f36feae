"""Kafka as this process sees it: the topics against the catalogue, how far the consumers are, the clock."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from aiokafka.errors import KafkaError
from servicehub_events import TOPICS, Topic

from chassis.commands import clients
from chassis.commands.clients import ReaderClient
from chassis.commands.doctor.databases import DoctorContext, Position
from chassis.commands.doctor.finding import Finding, ok, unknown, wrong
from chassis.commands.environment import BrokerSettings
from chassis.kafka.clients import TopicPartition
from chassis.kafka.topics import drift, settings_of
from chassis.settings.base import InvalidSettings, load

LATE = timedelta(minutes=1)
AHEAD = timedelta(seconds=5)


async def look(environ: Mapping[str, str], seen: DoctorContext) -> AsyncIterator[Finding]:
    """Everything about KAFKA_BOOTSTRAP."""
    try:
        settings = load(BrokerSettings, environ)
    except InvalidSettings as error:
        yield wrong("Kafka", "; ".join(error.problems), "correct these variables")
        return
    mine = _topics(seen.package)
    client = clients.reader(settings, [topic.name for topic in mine])
    try:
        await client.start()
        ends = await client.end_offsets(sorted(client.assignment()))
        for tp, end in ends.items():
            client.seek(tp, end)  # nothing is to be fetched
        yield ok("Kafka", f"reached at {settings.kafka_bootstrap}")
        async for finding in _configured(settings, mine):
            yield finding
        yield _partitions(client, mine)
        yield await _from_the_future(client)
        for finding in _lag(ends, seen.positions):
            yield finding
    except (KafkaError, OSError) as error:
        hint = (
            "is Kafka up, are the topics there, and may this user read them? (docs/operating.md, section 2)"
        )
        yield wrong("Kafka", f"{settings.kafka_bootstrap}: {str(error) or type(error).__name__}", hint)
    finally:
        await client.stop()


def _topics(package: str | None) -> list[Topic]:
    """What the service publishes and reads; everything where no service is known."""
    name = (package or "").replace("_", "-")
    mine = [topic for topic in TOPICS if topic.publisher == name or name in topic.readers]
    return mine or list(TOPICS)


async def _configured(settings: BrokerSettings, topics: list[Topic]) -> AsyncIterator[Finding]:
    configs = await settings_of(settings, [topic.name for topic in topics])
    for topic in topics:
        check, theirs = f"topic {topic.name}", configs.get(topic.name)
        if theirs is None:
            yield unknown(check, "this user may not see its settings (DescribeConfigs)")
            continue
        if off := [*drift(topic.config, theirs)]:
            says = ", ".join(f"{name} is {is_now}" for name, is_now, _ in off)
            should = ",".join(f"{name}=[{value}]" for name, _, value in off)
            yield wrong(check, says, f"kafka-configs.sh --alter --topic {topic.name} --add-config {should}")
        else:
            yield ok(check, "set as the catalogue says")


def _partitions(client: ReaderClient, topics: Iterable[Topic]) -> Finding:
    counts = {topic.name: len(client.partitions_for_topic(topic.name) or ()) for topic in topics}
    if len(set(counts.values())) > 1:
        says = ", ".join(f"{name} has {count}" for name, count in counts.items())
        return wrong("partitions", says, "every topic needs the same number; create those that differ anew")
    return ok("partitions", f"{next(iter(counts.values()))} in every topic")


async def _from_the_future(client: ReaderClient) -> Finding:
    """Kafka tells no time; but no record may be later than now, whoever's clock is wrong."""
    limit = int((datetime.now(UTC) + AHEAD).timestamp() * 1000)
    offsets = await client.offsets_for_times(dict.fromkeys(sorted(client.assignment()), limit))
    late = sorted({tp.topic for tp, at in offsets.items() if at})
    if late:
        says = f"records from the future in {', '.join(late)}"
        return wrong(
            "clock of the log", says, "our clock is behind, or a publisher's is ahead: let NTP set both"
        )
    return ok("clock of the log", "no record is later than now")


def _lag(ends: Mapping[TopicPartition, int], positions: list[Position]) -> Iterator[Finding]:
    for consumer in sorted({position.consumer for position in positions}):
        mine = [position for position in positions if position.consumer == consumer]
        known = [
            (position, ends.get(TopicPartition(position.topic, position.partition))) for position in mine
        ]
        yield _judge(consumer, [(position, end) for position, end in known if end is not None])


def _judge(consumer: str, places: list[tuple[Position, int]]) -> Finding:
    check = f"consumer {consumer}"
    beyond = [position for position, end in places if position.next_offset > end]
    if beyond:
        where = f"{beyond[0].topic}/{beyond[0].partition}"
        remedy = "the topic was recreated: restore it, or rebuild this consumer's tables from the log"
        return wrong(check, f"stands beyond the end of {where}", remedy)
    lag = sum(end - position.next_offset for position, end in places)
    limit = datetime.now(UTC) - LATE
    behind = [
        e for e, end in places if end > e.next_offset and (not e.caught_up_at or e.caught_up_at < limit)
    ]
    if behind:
        says = f"{lag} record(s) behind, in {len(behind)} partition(s) for over a minute"
        return wrong(check, says, "is its worker running? Its log says what it waits for (consumer.waiting)")
    return ok(check, f"{lag} record(s) behind")
