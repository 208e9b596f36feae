"""`portal events tail`: look on while events are published, or at those of the last hour."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from servicehub_events import TOPICS

from chassis.commands.environment import broker, printable, run, say_json, time_span
from chassis.commands.event_files import all_types, full_type, similar_types
from chassis.commands.event_log import LogRecord, reading, records, span
from chassis.commands.known_names import check_name

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

    Reads in no group: no service notices. What no reader can make an event of is named too: where it lies,
    its key, the code and the cause; and at the end, how many there were.
    """
    for given in topic or ():
        check_name("topic", given, _ALL)
    begin, full_name = _begin(since), _full_type(kind)
    unreadable = shown_unreadable = 0

    def fits(record: LogRecord) -> bool:
        """A record that does not say its business or its type could be of any."""
        of_business = business is None or record.business_id in (None, business)
        return of_business and (full_name is None or record.type in (None, full_name))

    async def work() -> None:
        nonlocal unreadable
        newest: list[LogRecord] = []
        async with reading(broker(), topic or _ALL) as client:
            until = await span(client, begin)
            async for batch in records(client, None if follow else until):
                fitting = [*filter(fits, batch)]
                unreadable += sum(record.envelope is None for record in fitting)
                newest += fitting
                if follow:
                    tell(newest)
                    newest.clear()
                elif len(newest) > 2 * limit:
                    newest = sorted(newest, key=_age)[-limit:]
        tell(sorted(newest, key=_age)[-limit:])
        if not newest and not follow:
            typer.echo(f"Nothing fits (--since {since}).", err=True)

    def tell(shown: Iterable[LogRecord]) -> None:
        nonlocal shown_unreadable
        for record in shown:
            shown_unreadable += record.envelope is None
            _tell(record, reveal=reveal, as_json=as_json)

    if reveal:
        typer.echo("Data is shown: it holds personal data.", err=True)
    try:
        run(work())
    finally:
        if unreadable:
            older = unreadable - shown_unreadable
            more = f", {older} of them before what is shown: --limit shows more" if older else ""
            typer.echo(f"{unreadable} record(s) could not be read{more}.", err=True)


def _full_type(kind: str | None) -> str | None:
    full_name = full_type(kind) if kind else None
    if full_name and full_name not in all_types().values():
        raise typer.BadParameter(f"there is no event {kind}{similar_types(kind or '')}")
    return full_name


def _age(record: LogRecord) -> int:
    return record.record.timestamp


def _begin(since: str) -> datetime | None:
    if since == "all":
        return None
    if (span := time_span(since)) is None:
        raise typer.BadParameter("--since is a number with s, m, h or d, such as 15m; or all")
    return datetime.now(UTC) - span


def _tell(seen: LogRecord, *, reveal: bool, as_json: bool) -> None:
    record, envelope = seen.record, seen.envelope
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    key = printable(record.key or b"")
    if as_json:
        about: dict[str, object] = {"at": at.isoformat(), "key": key, "where": seen.place}
        if envelope:
            about |= {"type": envelope.type, "sequence": envelope.sequence, "id": envelope.id}
        else:
            about |= {"code": seen.code, "cause": seen.cause}
        if envelope and reveal:
            about["data"] = msgspec.to_builtins(envelope.event)
        say_json(about)
        return
    what = f"{envelope.type} v{envelope.sequence}" if envelope else f"! {seen.code}: {seen.cause}"
    typer.echo(f"{at:%Y-%m-%d %H:%M:%S}  {key:<32} {what}  ({seen.place})")
    if envelope and reveal:
        typer.echo("    " + printable(msgspec.json.encode(envelope.event)))
