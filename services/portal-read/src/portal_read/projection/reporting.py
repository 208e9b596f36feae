"""What the commands say: tables and a bar for people, JSON for machines, and errors with what to do."""

import io
import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple
from hashlib import sha256
from typing import Final

import psycopg
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from portal_read.projection.compare import TableComparison
from portal_read.projection.rebuild import RebuildProgress
from portal_read.projection.register import CommandRefused
from portal_read.projection.status import ProjectionStatus

_AS_OWNER = (
    "DATABASE_URL is of a role that may not do this: use that of portal_read_owner"
    " (DATABASE_URL_OWNER in the service's secret)."
)
_NOT_MIGRATED = "This database is not migrated to this build: run `python -m portal_read migrate` first."
_LINE_SECONDS: Final = 10.0
"""Seconds between lines where there is no terminal."""

Show = Callable[[RebuildProgress], None]


@contextmanager
def refusals() -> Generator[None]:
    """Errors become one line on stderr and exit code 1."""
    try:
        yield
    except CommandRefused as error:
        _fail(str(error))
    except DBAPIError as error:
        _fail(_of_database(error))
    except (KafkaError, OSError) as error:
        _fail(f"No answer: {error!r}. Check KAFKA_BOOTSTRAP and DATABASE_URL, then run the command again.")
    except KeyboardInterrupt:
        _fail("Broken off. Nothing is lost: the same command goes on from here.")


def status_json(status: ProjectionStatus) -> dict[str, object]:
    """One projection as JSON knows it."""
    return {
        **asdict(status.projection),
        "created_at": status.projection.created_at.isoformat(),
        "consumers": {kind: asdict(consumer) for kind, consumer in status.consumers.items()},
        "rows": sum(tally.rows for tally in status.tables.values()) if status.tables else None,
        "hash": _hash(status),
        "tables": {name: asdict(tally) for name, tally in status.tables.items()},
    }


def status_text(statuses: Sequence[ProjectionStatus]) -> str:
    """All projections as a table."""
    table = Table("projection", "", "version", "identity", "lag", "documents", "lag", "rows", "hash")
    for status in statuses:
        projection = status.projection
        mark = "shown" if projection.active else "followed" if projection.followed else "unfinished"
        numbers = [f"{number:,}" for consumer in status.consumers.values() for number in astuple(consumer)]
        rows = f"{sum(tally.rows for tally in status.tables.values()):,}" if status.tables else "-"
        digest = (_hash(status) or "-")[:12]
        table.add_row(projection.name, mark, str(projection.schema_version), *numbers, rows, digest)
    return _text(table)


def comparison_text(tables: Sequence[TableComparison] | None, one: str, other: str, *, as_json: bool) -> str:
    """The outcome of `verify`."""
    if as_json:
        return json.dumps(
            {
                "equal": tables and all(table.equal for table in tables),
                "tables": [_comparison_json(table) for table in tables or ()],
            }
        )
    if tables is None:
        return (
            f"{one} and {other} were never at the same place in the log. Try again when less is going on,"
            " with a longer --within, or look at their lag: portal projection status --quick"
        )
    shown = Table("table", one, other, "hash", "")
    for table in tables:
        same = "equal" if table.equal else f"DIFFERENT, such as {', '.join(table.keys)}"
        shown.add_row(table.table, f"{table.one.rows:,}", f"{table.other.rows:,}", table.one.hash[:12], same)
    return _text(shown)


def _comparison_json(table: TableComparison) -> dict[str, object]:
    sides = {"one": astuple(table.one), "other": astuple(table.other)}
    return {"table": table.table, **sides, "keys": list(table.keys), "equal": table.equal}


def _hash(status: ProjectionStatus) -> str | None:
    parts = "".join(tally.hash for _, tally in sorted(status.tables.items()))
    return sha256(parts.encode()).hexdigest() if parts else None


def _of_database(error: DBAPIError) -> str:
    cause = error.orig
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return _AS_OWNER
    if isinstance(cause, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return _NOT_MIGRATED
    return f"PostgreSQL says: {cause}. If that passes, run the same command again."


def _text(table: Table) -> str:
    out = io.StringIO()
    Console(file=out, width=160).print(table)
    return out.getvalue().rstrip()


def _fail(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def in_words(progress: RebuildProgress) -> str:
    """`12,345 events, 20,000/s, 0:41 to go`."""
    left = "" if progress.left is None or progress.complete else f", {_clock(progress.left)} to go"
    return f"{progress.events:,} events, {progress.rate:,.0f}/s{left}"


def in_json(progress: RebuildProgress) -> str:
    """All of it as one JSON object."""
    return json.dumps(
        {**progress._asdict(), "seconds": round(progress.seconds, 1), "rate": round(progress.rate)}
    )


@contextmanager
def show_progress(name: str, *, as_json: bool) -> Generator[Show]:
    """Shows the progress on the terminal; without one, a line every ten seconds."""
    console = Console(stderr=not as_json)
    if as_json:
        yield lambda progress: print(in_json(progress), flush=True)  # noqa: T201  # its output is what it is for
    elif console.is_terminal:
        yield from _bar(name, console)
    else:
        yield _lines(name, console)


def _bar(name: str, console: Console) -> Generator[Show]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TextColumn("{task.fields[words]}"), console=console) as bar:
        task = bar.add_task(name, total=None, words="")

        def show(progress: RebuildProgress) -> None:
            total = max(1, progress.total) if progress.total or progress.complete else None
            done = total if progress.complete and total else progress.done
            bar.update(task, total=total, completed=done, words=in_words(progress))

        yield show


def _lines(name: str, console: Console) -> Show:
    last = -_LINE_SECONDS

    def show(progress: RebuildProgress) -> None:
        nonlocal last
        if progress.complete or progress.seconds - last >= _LINE_SECONDS:
            last = progress.seconds
            share = f"{100 * progress.done // progress.total} %, " if progress.total else ""
            console.print(f"{name}: {share}{in_words(progress)}", highlight=False, soft_wrap=True)

    return show


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
