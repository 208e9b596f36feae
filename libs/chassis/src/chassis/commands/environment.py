"""What the commands are told, by the same variables as the services; and how they speak."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Literal, NoReturn, TypeVar

import psycopg
import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from chassis.database.database import Database
from chassis.settings.base import MigrateSettings, ProcessSettings, Secret, kafka_problems, load
from chassis.settings.keys import KeyRing

EXIT_CODES = "Exit codes: 0 all is well, 1 something is wrong (the text says what), 2 not understood."
_PIPE_WIDTH = 200
_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"([0-9]{1,6})([smhd])\Z")
T = TypeVar("T")


class BrokerSettings(ProcessSettings, frozen=True, kw_only=True):
    """Where Kafka is, and who we are to it."""

    kafka_bootstrap: str
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    kafka_username: str = ""
    kafka_password: Secret = Secret("")
    kafka_ca_file: str = ""

    def problems(self) -> list[str]:
        """What is wrong beyond the types."""
        return kafka_problems(self) if self.portal_profile == "production" else []


class _LetterSettings(ProcessSettings, frozen=True, kw_only=True):
    dead_letter_keys: KeyRing


def broker() -> BrokerSettings:
    """Where Kafka is. Raises `InvalidSettings`, which says what is missing."""
    return load(BrokerSettings)


def letter_keys() -> KeyRing:
    """The keys of this service's dead letters. Raises `InvalidSettings`."""
    return load(_LetterSettings).dead_letter_keys


@asynccontextmanager
async def database() -> AsyncGenerator[Database]:
    """The database that DATABASE_URL names, as its role: the worker's sees outbox and dead letters."""
    opened = Database(load(MigrateSettings).database_url, pool_size=1)
    try:
        yield opened
    finally:
        await opened.close()


def run(work: Coroutine[object, object, T]) -> T:
    """Run a command's work; a server that does not answer or does not permit ends it with a sentence."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except (DBAPIError, psycopg.Error) as error:
        fail(_database_trouble(error.orig if isinstance(error, DBAPIError) else error))
    except KafkaError as error:
        fail(f"Kafka: {error} (KAFKA_BOOTSTRAP)")


def _database_trouble(error: BaseException | None) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return f"PostgreSQL: {first}. This service has none, or its database waits for `migrate`."
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return f"PostgreSQL: {first}. DATABASE_URL must name the role of the worker."
    return f"PostgreSQL: {first} (DATABASE_URL)"


def fail(text: str) -> NoReturn:
    """Say what is wrong, and end with exit code 1."""
    typer.echo(text, err=True)
    raise typer.Exit(1)


def say_facts(facts: Mapping[str, str]) -> None:
    """A fact a line, its name first."""
    for name, text in facts.items():
        typer.echo(f"{name:<12} {text}")


def console(*, stderr: bool = False) -> Console:
    """Where tables go; wide where nobody looks on, so that no line is cut."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if terminal else _PIPE_WIDTH, highlight=False, markup=False)


AsJson = Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")]
"""Of a command that says a row a line."""


def say_json(value: object) -> None:
    """One JSON value on one line."""
    typer.echo(json_line(value))


def say_rows(rows: Sequence[Mapping[str, str]], nothing: str, *, as_json: bool = False) -> None:
    """A table with the names of the first row; `nothing` without one. For machines a line each."""
    if as_json:
        for row in rows:
            say_json(row)
        return
    table = Table(*(rows[0] if rows else ()))
    for row in rows:
        table.add_row(*row.values())
    console().print(table if rows else nothing)


def json_line(value: object) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, default=str, ensure_ascii=False)


def printable(value: bytes | None) -> str:
    """What somebody else wrote, so that it cannot steer our terminal."""
    if value is None:
        return "(none)"
    text = value.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)


def time_span(written: str) -> timedelta | None:
    """30s, 15m, 2h or 7d; None for anything else."""
    match = _SPAN.match(written)
    return timedelta(**{_SPANS[match[2]]: int(match[1])}) if match else None
