"""`portal events tail`: look on while events are published, or at those of the last hour."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import typer
from servicehub_events import TOPICS

from chassis.commands.environment import broker, printable, run, say_json
from chassis.commands.event_files import full_type
from chassis.commands.event_log import LogRecord, reading, records, span

_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SINCE = re.compile(r"([0-9]{1,6})([smhd])\Z")
_ALL = [topic.name for topic in TOPICS]


def tail(
    business: Annotated[str | None, typer.Option(help="Only of this business.")] = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="Only this event, such as InvoiceIssued.")
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(help="Without --follow: only so many, the newest.", min=1)] = 1000,
    since: Annotated[str, typer.Option(help="30s, 15m, 2h, 7d, or all.")] = "1h",
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show data too. It holds personal data.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")] = False,
) -> None:
    """Show events as they lie in the log: when, what, which aggregate and version, where.

    Reads in no group: no service notices. Records that are no events are shown with what is wrong with them.
    """
    if unknown := set(topic or ()) - set(_ALL):
        raise typer.BadParameter(f"no such topic: {', '.join(sorted(unknown))}; there are {', '.join(_ALL)}")
    begin = _begin(since)
    full_name = full_type(kind) if kind else None

    def fits(record: LogRecord) -> bool:
        key = (record.record.key or b"").decode(errors="replace")
        named = record.envelope.type if record.envelope else None
        return (business is None or key.startswith(f"{business}/")) and (
            full_name is None or named == full_name
        )

    async def work() -> None:
        newest: list[LogRecord] = []
        async with reading(broker(), topic or _ALL) as client:
            until = await span(client, begin)
            async for batch in records(client, None if follow else until):
                newest += filter(fits, batch)
                if follow:
                    tell(newest)
                    newest.clear()
                elif len(newest) > 2 * limit:
                    newest = sorted(newest, key=_age)[-limit:]
        tell(sorted(newest, key=_age)[-limit:])

    def tell(shown: Iterable[LogRecord]) -> None:
        for record in shown:
            _tell(record, reveal=reveal, as_json=as_json)

    if reveal:
        typer.echo("Data is shown: it holds personal data.", err=True)
    run(work())


def _age(record: LogRecord) -> int:
    return record.record.timestamp


def _begin(since: str) -> datetime | None:
    if since == "all":
        return None
    match = _SINCE.match(since)
    if not match:
        raise typer.BadParameter("--since is a number with s, m, h or d, such as 15m; or all")
    return datetime.now(UTC) - timedelta(**{_SPANS[match[2]]: int(match[1])})


def _tell(seen: LogRecord, *, reveal: bool, as_json: bool) -> None:
    record, envelope = seen.record, seen.envelope
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    where = f"{record.topic}/{record.partition}/{record.offset}"
    key = printable(record.key or b"")
    if as_json:
        about: dict[str, object] = {"at": at.isoformat(), "key": key, "where": where}
        if envelope:
            about |= {"type": envelope.type, "sequence": envelope.sequence, "id": envelope.id}
        else:
            about |= {"code": seen.code, "cause": seen.cause}
        if envelope and reveal:
            about["data"] = msgspec.to_builtins(envelope.event)
        say_json(about)
        return
    what = f"{envelope.type} v{envelope.sequence}" if envelope else f"! {seen.code}: {seen.cause}"
    typer.echo(f"{at:%Y-%m-%d %H:%M:%S}  {key:<32} {what}  ({where})")
    if envelope and reveal:
        typer.echo("    " + printable(msgspec.json.encode(envelope.event)))
