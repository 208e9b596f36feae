"""`portal events`: what is published, as it is checked, written, looked on and verified."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from servicehub_events import partition_for
from servicehub_events.errors import InvalidEvent
from servicehub_events.json_schema import schema_of
from servicehub_events.registry import REGISTRY

from chassis.commands import clients
from chassis.commands.environment import (
    EXIT_CODES,
    AsJson,
    BrokerSettings,
    broker,
    console,
    fail,
    run,
    say_json,
)
from chassis.commands.event_files import FileFault, Ready, full_type, read_events, similar_types
from chassis.commands.events_tail import tail
from chassis.commands.events_verify import verify
from chassis.kafka import clients as kafka

app = typer.Typer(
    no_args_is_help=True,
    help="Events: publish, look on, check. KAFKA_BOOTSTRAP names the brokers.",
    epilog=EXIT_CODES,
)
_AT_ONCE = 500

File = Annotated[str, typer.Argument(metavar="FILE|-", help="A file of events, or - for standard input.")]


@app.command()
def publish(
    file: File,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show, send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the events of a file, after checking all of them: one that is wrong, and nothing is sent.

    An event is a JSON object: {"type": "AppointmentScheduled", "sequence": 3, "data": {the whole state}}; one
    a line, or one object or a list over the whole file. `sequence` must be higher than any before of the same
    aggregate. `id`, `time`, `source`, `causation_id`, `traceparent` are filled in unless given.
    `"quiet": true` marks an event that nobody is to be told of, such as one of an import.
    """
    ready = _checked(file, as_json=as_json)
    if dry_run:
        for event in ready:
            _tell(event, None, as_json=as_json)
        return
    sent = run(_send(broker(), ready))
    for event, offset in zip(ready, sent, strict=True):
        _tell(event, offset, as_json=as_json)


@app.command()
def validate(file: File, *, as_json: AsJson = False) -> None:
    """Check the events of a file and say all that is wrong, and where. Needs no broker.

    Warns of phone numbers that no text ever reaches; they are valid all the same.
    With --json, one of them is {"level", "line", "code", "path", "message"}: the path in the event's data.
    """
    ready = _checked(file, as_json=as_json)
    if not as_json:
        typer.echo(f"{len(ready)} event(s), all valid.")


@app.command()
def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[TYPE]", help="Such as AppointmentScheduled; none lists them all."),
    ] = None,
) -> None:
    """Print the JSON Schema of an event's data, or the names of all events."""
    if name is None:
        for kind in REGISTRY.kinds():
            typer.echo(f"{kind.type:<46} {kind.topic.name}")
        return
    try:
        kind, _ = REGISTRY.of_type(full_type(name))
    except InvalidEvent:
        fail(f"There is no event {name}{similar_types(name)}")
    typer.echo(json.dumps(schema_of(kind), indent=2, ensure_ascii=False))


app.command()(tail)
app.command()(verify)


def _checked(file: str, *, as_json: bool) -> list[Ready]:
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    ready, faults = read_events(text)
    name = "standard input" if file == "-" else file
    from chassis.commands.phone_warnings import warnings_of  # the numbering plans of the world take a while

    for fault in faults:
        _tell_fault(name, fault, "error", as_json=as_json)
    for warning in warnings_of(ready):
        _tell_fault(name, warning, "warning", as_json=as_json)
    if faults:
        wrong = len({fault.line for fault in faults})
        fail(f"{wrong} of {len(ready) + wrong} event(s) are wrong. Nothing was sent.")
    if not ready:
        fail(f"{name} holds no event.")
    return ready


def _tell_fault(name: str, fault: FileFault, level: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"level": level, **fault._asdict()})
    else:
        mark = "warning: " if level == "warning" else ""
        typer.echo(f"{name}:{fault.line}: {mark}{fault.code}: {fault.message}", err=True)


def _tell(event: Ready, where: str | None, *, as_json: bool) -> None:
    envelope = event.envelope
    if as_json:
        about = {"type": envelope.type, "key": envelope.key.decode(), "sequence": envelope.sequence}
        say_json({"id": envelope.id, **about, "topic": envelope.topic, "where": where})
    else:
        fate = f"published at {where}" if where else "valid, not sent"
        typer.echo(f"{envelope.type} {envelope.key.decode()} v{envelope.sequence}: {fate}")


async def _send(settings: BrokerSettings, ready: list[Ready]) -> list[str]:
    """Where each event lies now. In the order of the file, which is the order of each key in the log."""
    producer = clients.plain_producer(settings)
    places: list[str] = []
    try:
        await producer.start()
        with Progress(console=console(stderr=True), transient=True) as progress:
            task = progress.add_task("publishing", total=len(ready))
            for first in range(0, len(ready), _AT_ONCE):
                part = ready[first : first + _AT_ONCE]
                waiting = [await _queue(producer, event) for event in part]
                done = await asyncio.gather(*waiting)
                places += [f"{location.topic}/{location.partition}/{location.offset}" for location in done]
                progress.update(task, completed=len(places))
    except Exception as error:
        if places:
            typer.echo(f"{len(places)} of {len(ready)} were published before it failed.", err=True)
        raise error
    finally:
        await producer.stop()
    return places


async def _queue(producer: kafka.Producer, event: Ready) -> "asyncio.Future[kafka.RecordLocation]":
    record = event.record
    partitions = await producer.partitions_for(record.topic)
    sent = await producer.send(
        record.topic,
        key=record.key,
        value=record.value,
        headers=record.headers,
        partition=partition_for(record.key, len(partitions)),
    )
    return asyncio.ensure_future(sent)
