"""`portal dlq`: what a service's consumers set aside, why, and what to do about it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from chassis.commands import letters
from chassis.commands.dlq_show import show
from chassis.commands.environment import EXIT_CODES, console, database, fail, run, say_json
from chassis.commands.letters import Choice, Letter
from chassis.database.database import Database

app = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: records that a consumer of this service could not apply. They hold nothing up, and"
    " are deleted after 25 days. DATABASE_URL names the service's database, as its worker's role.",
    epilog=EXIT_CODES,
)

Numbers = Annotated[list[int] | None, typer.Argument(help="Their numbers in the list.", show_default=False)]
ByConsumer = Annotated[str | None, typer.Option("--consumer", help="Only of this consumer.")]
ByCode = Annotated[str | None, typer.Option("--code", help="Only with this code, such as malformed.")]
ByTopic = Annotated[str | None, typer.Option("--topic", help="Only from this topic.")]
All = Annotated[bool, typer.Option("--all", help="Every letter that fits the filters.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")]


@app.command("list")
def list_letters(
    consumer: ByConsumer = None,
    code: ByCode = None,
    topic: ByTopic = None,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Leave out what is superseded.")] = False,
    most: Annotated[int, typer.Option(help="Show at most so many, the newest first.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List dead letters: which aggregate, why, and whether a newer event has superseded them."""
    choice = Choice(consumer=consumer, code=code, topic=topic, superseded=False if waiting else None)
    found, count = run(_list(choice, most))
    if as_json:
        for letter in found:
            say_json({**msgspec.to_builtins(letter), "state": letter.state})
        return
    if not found:
        console().print("No dead letters.")
        return
    table = Table("no.", "state", "code", "cause", "about", "consumer", "where", "set aside")
    for each in found:
        when = f"{each.set_aside_at:%Y-%m-%d %H:%M:%S}"
        row = (str(each.number), each.state, each.code, each.cause, each.about, each.consumer, each.where)
        table.add_row(*row, when)
    console().print(table)
    if count > len(found):
        console().print(f"{len(found)} of {count}; --most shows more.")


app.command("show")(show)


@app.command("retry")
def retry(
    numbers: Numbers = None,
    consumer: ByConsumer = None,
    code: ByCode = None,
    topic: ByTopic = None,
    *,
    every: All = False,
    wait: Annotated[float, typer.Option(help="Wait so many seconds for the outcome; 0 does not.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Ask the consumers to apply letters again: after an upgrade that mends what was wrong.

    The worker that reads the letter's partition does it, within a second or two; nothing is published again.
    A letter that is applied is gone, another is kept with its new cause. Superseded ones are tried only when
    their numbers are given.
    """
    choice = _chosen(numbers, consumer, code, topic, every=every, superseded=None if numbers else False)
    asked, kept = run(_retry(choice, wait))
    if not asked:
        fail("No letter fits.")
    pending = [each for each in kept if each.retry_at]
    refused = [each for each in kept if not each.retry_at]
    if as_json:
        applied = sorted(set(asked) - {each.number for each in kept})
        say_json(
            {
                "asked": asked,
                "applied": applied,
                "refused": [{"number": e.number, "code": e.code, "cause": e.cause} for e in refused],
                "pending": [each.number for each in pending],
            }
        )
    else:
        typer.echo(f"{len(asked)} asked, {len(asked) - len(kept)} applied.")
        for each in refused:
            typer.echo(f"{each.number} still cannot be applied: {each.code}: {each.cause}")
        if pending:
            typer.echo(f"{len(pending)} not tried yet: does the worker run? `portal dlq list` shows them.")
    raise typer.Exit(1 if refused or (pending and wait) else 0)


@app.command("drop")
def drop(
    numbers: Numbers = None,
    consumer: ByConsumer = None,
    code: ByCode = None,
    topic: ByTopic = None,
    *,
    every: All = False,
    superseded: Annotated[bool, typer.Option("--superseded", help="Only superseded ones.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete letters for good."""
    every = every or superseded
    choice = _chosen(numbers, consumer, code, topic, every=every, superseded=True if superseded else None)
    found = run(_list(choice, 1))[1]
    if not found:
        fail("No letter fits.")
    if not yes:
        typer.confirm(f"Delete {found} dead letter(s) for good?", abort=True, err=True)
    dropped = run(_drop(choice))
    if as_json:
        say_json({"dropped": dropped})
    else:
        typer.echo(f"{dropped} dropped.")


def _chosen(
    numbers: Sequence[int] | None,
    consumer: str | None,
    code: str | None,
    topic: str | None,
    *,
    every: bool,
    superseded: bool | None,
) -> Choice:
    if not (numbers or every or consumer or code or topic):
        raise typer.BadParameter("name letters by number, by --consumer, --code or --topic, or take --all")
    return Choice(numbers or (), consumer, code, topic, superseded)


async def _list(choice: Choice, most: int) -> tuple[list[Letter], int]:
    async with database() as opened, opened.transaction() as connection:
        return await letters.find(connection, choice, most), await letters.count(connection, choice)


async def _drop(choice: Choice) -> int:
    async with database() as opened, opened.transaction() as connection:
        return await letters.drop(connection, choice)


async def _retry(choice: Choice, wait: float) -> tuple[list[int], list[Letter]]:
    """What was asked for, and what of it is still there in the end."""
    async with database() as opened:
        async with opened.transaction() as connection:
            asked = await letters.ask_retry(connection, choice)
        deadline = time.monotonic() + wait
        kept = await _kept(opened, asked)
        while any(each.retry_at for each in kept) and time.monotonic() < deadline:
            await asyncio.sleep(0.25)
            kept = await _kept(opened, asked)
        return asked, kept


async def _kept(opened: Database, asked: Sequence[int]) -> list[Letter]:
    if not asked:
        return []
    async with opened.transaction() as connection:
        return await letters.find(connection, Choice(numbers=asked))
