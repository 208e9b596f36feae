"""`portal events verify`: every reader may rely on the last record of a key being its newest version."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from servicehub_events import TOPICS

from chassis.commands.environment import BrokerSettings, broker, console, printable, run, say_json
from chassis.commands.event_log import LogRecord, reading, records, span
from chassis.commands.known_names import check_name

_SHOWN = 20


@dataclass(slots=True)
class Verdict:
    """What one topic holds: highest and last version of each key, and what is wrong."""

    topic: str
    events: int = 0
    unreadable: int = 0
    newest: dict[bytes, tuple[int, int]] = field(default_factory=dict[bytes, tuple[int, int]])
    partitions: dict[bytes, int] = field(default_factory=dict[bytes, int])
    strays: dict[bytes, set[int]] = field(default_factory=dict[bytes, set[int]])
    faults: list[str] = field(default_factory=list[str])

    def take(self, seen: LogRecord) -> None:
        """Look at the next record of a partition."""
        record, envelope = seen.record, seen.envelope
        if envelope is None:
            self.unreadable += 1
            self.faults.append(f"{seen.place} ({printable(record.key)}): {seen.code}: {seen.cause}")
            return
        self.events += 1
        highest = max(self.newest.get(envelope.key, (0, 0))[0], envelope.sequence)
        self.newest[envelope.key] = (highest, envelope.sequence)
        if (first := self.partitions.setdefault(envelope.key, record.partition)) != record.partition:
            self.strays.setdefault(envelope.key, {first}).add(record.partition)

    @property
    def overtaken(self) -> list[str]:
        """Keys whose last record is an older version: compaction would keep that one."""
        return [
            f"{key.decode()}: its last record is v{last}, but v{highest} came before it"
            for key, (highest, last) in self.newest.items()
            if last < highest
        ]

    @property
    def scattered(self) -> list[str]:
        """Keys with records in several partitions: compaction would keep one in each."""
        return [
            f"{key.decode()}: its records lie in partitions {', '.join(map(str, sorted(partitions)))}"
            for key, partitions in self.strays.items()
        ]


def verify(
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may be repeated.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")] = False,
) -> None:
    """Read the topics to their end: is each key in one partition, its last record its newest, all readable?

    Exit code 1 when not. Holds about 200 bytes for each key in memory.
    """
    names = [known.name for known in TOPICS]
    for given in topic or ():
        check_name("topic", given, names)
    verdicts = run(_read(broker(), topic or names))
    table = Table("topic", "events", "keys", "overtaken", "scattered", "unreadable")
    for verdict in verdicts:
        if as_json:
            counts = {"events": verdict.events, "keys": len(verdict.newest), "unreadable": verdict.unreadable}
            keys = {"overtaken": verdict.overtaken, "scattered": verdict.scattered}
            say_json({"topic": verdict.topic, **counts, **keys, "faults": verdict.faults})
        kinds = (verdict.newest, verdict.overtaken, verdict.scattered)
        counted = (verdict.events, *map(len, kinds), verdict.unreadable)
        table.add_row(verdict.topic, *(f"{number:,}" for number in counted))
    wrong = [
        fault for verdict in verdicts for fault in (*verdict.overtaken, *verdict.scattered, *verdict.faults)
    ]
    if not as_json:
        console().print(table)
        for fault in wrong[:_SHOWN]:
            typer.echo(fault, err=True)
        if len(wrong) > _SHOWN:
            typer.echo(f"… and {len(wrong) - _SHOWN} more; --json shows all", err=True)
    raise typer.Exit(1 if wrong else 0)


async def _read(settings: BrokerSettings, topics: Sequence[str]) -> list[Verdict]:
    verdicts = {name: Verdict(name) for name in topics}
    async with reading(settings, topics) as client:
        until = await span(client)
        with Progress(console=console(stderr=True), transient=True) as bar:
            task = bar.add_task("reading", total=until.size)

            def progress(done: int) -> None:
                bar.update(task, completed=done)

            async for batch in records(client, until, progress):
                for seen in batch:
                    verdicts[seen.record.topic].take(seen)
    return list(verdicts.values())
