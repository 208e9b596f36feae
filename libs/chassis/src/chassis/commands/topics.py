"""`portal topics`: the topics of the catalogue on a broker, created and compared."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer
from servicehub_events import TOPICS, Topic
from servicehub_events.topics import DEFAULT_PARTITIONS

from chassis.commands.environment import EXIT_CODES, AsJson, broker, fail, run, say_rows
from chassis.kafka.topics import TopicRefused, TopicShape, config_of, create_topics, drift, find_topics

app = typer.Typer(
    no_args_is_help=True,
    help="Topics of the catalogue on a broker. KAFKA_USERNAME names who may create and describe them.",
    epilog=EXIT_CODES,
)
Partitions = Annotated[
    int, typer.Option(min=1, max=1000, help="Of each topic: chosen once, before the first event.")
]
Replicas = Annotated[int, typer.Option("--replication-factor", min=1, help="Copies of each partition.")]
InSync = Annotated[int, typer.Option("--min-insync-replicas", min=1, help="Copies that a record must be on.")]


@app.command(epilog=EXIT_CODES)
def check(
    *,
    partitions: Partitions = DEFAULT_PARTITIONS,
    replication_factor: Replicas = 3,
    min_insync_replicas: InSync = 2,
    as_json: AsJson = False,
) -> None:
    """Compare the broker's topics with the catalogue; changes nothing.

    Exit code 1 when one is missing or differs.
    """
    rows = _compared(run(find_topics(broker(), TOPICS)), partitions, replication_factor, min_insync_replicas)
    say_rows(rows, "", as_json=as_json)
    raise typer.Exit(1 if any(row["state"] != "as it should be" for row in rows) else 0)


@app.command(epilog=EXIT_CODES)
def create(
    *,
    partitions: Partitions = DEFAULT_PARTITIONS,
    replication_factor: Replicas = 3,
    min_insync_replicas: InSync = 2,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be created, and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create the topics that are missing, and say of the others how they differ. Run it as often as you like.

    What is there is never changed: partitions cannot be, and settings are for you to change. Exit code 1 when
    one differs.
    """
    if min_insync_replicas > replication_factor:
        raise typer.BadParameter("a record cannot be on more copies than there are")
    settings = broker()
    rows = _compared(run(find_topics(settings, TOPICS)), partitions, replication_factor, min_insync_replicas)
    missing = [topic for topic, row in zip(TOPICS, rows, strict=True) if row["state"] == "missing"]
    if missing and not dry_run:
        try:
            made = create_topics(
                settings,
                missing,
                partitions=partitions,
                replicas=replication_factor,
                in_sync=min_insync_replicas,
            )
            run(made)
        except TopicRefused as error:
            fail(f"Kafka: {error}")
    said = "would be created" if dry_run else "created"
    rows = [row | ({"state": said} if row["state"] == "missing" else {}) for row in rows]
    say_rows(rows, "", as_json=as_json)
    raise typer.Exit(1 if any(row["state"].startswith("differs") for row in rows) else 0)


def _compared(
    present: Mapping[str, TopicShape], partitions: int, replicas: int, in_sync: int
) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for topic in TOPICS:
        shape = present.get(topic.name)
        problems = [*_problems(topic, shape, partitions, replicas, in_sync)] if shape else []
        rows.append(
            {
                "topic": topic.name,
                "state": "missing" if shape is None else "differs" if problems else "as it should be",
                "partitions": str(partitions if shape is None else shape.partitions),
                "copies": str(replicas if shape is None else shape.replicas),
                "what to do": "; ".join(problems),
            }
        )
    return rows


def _problems(topic: Topic, shape: TopicShape, partitions: int, replicas: int, in_sync: int) -> Iterator[str]:
    if shape.partitions != partitions:
        yield f"not {partitions} partitions: say --partitions {shape.partitions}, or create it anew"
    if shape.replicas < replicas:
        yield f"not {replicas} copies: kafka-reassign-partitions.sh"
    if shape.config is None:
        yield "its settings cannot be seen: this user needs DescribeConfigs"
        return
    for name, is_now, should in drift(config_of(topic, in_sync), shape.config):
        alter = f"kafka-configs.sh --alter --topic {topic.name} --add-config {name}=[{should}]"
        yield f"{name} is {is_now}: {alter}"
