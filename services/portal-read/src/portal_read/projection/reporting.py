"""What the commands say: tables for people, JSON for machines, and errors with what to do."""

import io
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from hashlib import sha256

import psycopg
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from portal_read.projection.register import Refused
from portal_read.projection.status import Standing
from portal_read.projection.verifying import Compared

_AS_OWNER = (
    "DATABASE_URL is of a role that may not do this: use that of portal_read_owner"
    " (DATABASE_URL_OWNER in the service's secret)."
)
_NOT_MIGRATED = "This database is not migrated to this build: run `python -m portal_read migrate` first."


@contextmanager
def refusals() -> Generator[None]:
    """Errors become one line on stderr and exit code 1."""
    try:
        yield
    except Refused as error:
        _fail(str(error))
    except DBAPIError as error:
        _fail(_of_database(error))
    except (KafkaError, OSError) as error:
        _fail(f"No answer: {error!r}. Check KAFKA_BOOTSTRAP and DATABASE_URL, then run the command again.")
    except KeyboardInterrupt:
        _fail("Broken off. Nothing is lost: the same command goes on from here.")


def standing_json(standing: Standing) -> dict[str, object]:
    """One projection as JSON knows it."""
    return {
        **standing.projection._asdict(),
        "created_at": standing.projection.created_at.isoformat(),
        "lanes": {lane: part._asdict() for lane, part in standing.lanes.items()},
        "rows": sum(tally.rows for tally in standing.tables.values()) if standing.tables else None,
        "hash": _hash(standing),
        "tables": {name: tally._asdict() for name, tally in standing.tables.items()},
    }


def standing_text(standings: Sequence[Standing]) -> str:
    """All projections as a table."""
    table = Table(
        "projection", "", "shape", "people: position", "lag", "work: position", "lag", "rows", "hash"
    )
    for each in standings:
        mark = "shown" if each.projection.active else "followed" if each.projection.followed else "unfinished"
        numbers = [f"{number:,}" for part in each.lanes.values() for number in part]
        rows = f"{sum(tally.rows for tally in each.tables.values()):,}" if each.tables else "-"
        digest = (_hash(each) or "-")[:12]
        table.add_row(each.projection.name, mark, str(each.projection.shape), *numbers, rows, digest)
    return _text(table)


def compared_text(found: Sequence[Compared] | None, one: str, other: str, *, as_json: bool) -> str:
    """The outcome of `verify`."""
    if as_json:
        tables = [{**part._asdict(), "equal": part.equal} for part in found or ()]
        return json.dumps({"equal": found and all(part.equal for part in found), "tables": tables})
    if found is None:
        return (
            f"{one} and {other} were never at the same place in the log. Try again when less is going on,"
            " with a longer --within, or look at their lag: portal projection status --quick"
        )
    table = Table("table", one, other, "hash", "")
    for part in found:
        same = "equal" if part.equal else f"DIFFERENT, such as {', '.join(part.keys)}"
        table.add_row(part.table, f"{part.one.rows:,}", f"{part.other.rows:,}", part.one.hash[:12], same)
    return _text(table)


def _hash(standing: Standing) -> str | None:
    parts = "".join(tally.hash for _, tally in sorted(standing.tables.items()))
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
