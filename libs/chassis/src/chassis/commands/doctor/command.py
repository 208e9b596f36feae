"""The command: every check, one after the other, then the exit code."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from chassis.commands.doctor import brokers, databases, keys, mail_records, servers
from chassis.commands.doctor.finding import Finding, unknown
from chassis.commands.environment import EXIT_CODES, console, say_json

app = typer.Typer(help="Look at every dependency of this process.", epilog=EXIT_CODES)
_MARKS = {"ok": Text("ok", "green"), "wrong": Text("wrong", "red"), "unknown": Text("?", "yellow")}


@app.callback(invoke_without_command=True)
def doctor(
    *, as_json: Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")] = False
) -> None:
    """Look at every dependency that the environment names, and say what is wrong and what to do.

    Run it where a worker runs: with the variables of that worker. It looks at keys, PostgreSQL (role,
    migrations, clock, outbox, dead letters), Kafka (topics, lag, clock), the servers of the other URLs,
    and the DNS records of the domain that mails come from. Exit code 1 when anything is wrong.
    """
    findings = asyncio.run(_all(os.environ))
    table = Table("check", "", "what was found", "what to do")
    for finding in findings:
        if as_json:
            say_json(finding._asdict())
        table.add_row(finding.check, _MARKS[finding.state], finding.says, finding.remedy)
    if not as_json:
        console().print(table)
    raise typer.Exit(1 if any(finding.state == "wrong" for finding in findings) else 0)


async def _all(environ: Mapping[str, str]) -> list[Finding]:
    return [finding async for finding in _each(environ)]


async def _each(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    for finding in keys.look(environ):
        yield finding
    seen = databases.DoctorContext()
    if environ.get("DATABASE_URL"):
        async for finding in databases.look(environ, seen):
            yield finding
    if environ.get("KAFKA_BOOTSTRAP") and seen.process == "api":
        yield unknown("Kafka", "asked by the worker alone: look there")
    elif environ.get("KAFKA_BOOTSTRAP"):
        async for finding in brokers.look(environ, seen):
            yield finding
    async for finding in servers.look(environ, seen):
        yield finding
    async for finding in mail_records.look(environ):
        yield finding
