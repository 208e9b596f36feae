"""`portal dlq`: what a service's consumers set aside, why, and what to do about it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.table import Table

from chassis.commands.dlq_filters import (
    All,
    ByBusiness,
    ByCode,
    ByConsumer,
    ByTopic,
    Numbers,
    criteria_of,
    find_letters,
)
from chassis.commands.environment import (
    EXIT_CODES,
    AsJson,
    console,
    database,
    fail,
    letter_keys,
    printable,
    run,
    say_json,
)
from chassis.database import Transaction, is_transient
from chassis.encryption import FieldCipher, Undecipherable
from chassis.events_in import dead_letters
from chassis.events_in.dead_letters import DeadLetterFilter, DeadLetterRow
from chassis.events_in.records import RawRecord

app = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: records that a consumer of this service could not apply. They hold nothing up, and"
    " are deleted after 25 days. DATABASE_URL names the service's database, as its worker's role.",
    epilog=EXIT_CODES,
)
T = TypeVar("T")

Reveal = Annotated[bool, typer.Option("--reveal", help="Print the value too. It may hold personal data.")]
_HARMLESS = ("content-type", "traceparent")
_WARNING = "What follows is the record as it came. It may hold personal data: do not pass it on."
_HIDDEN = "hidden: it may name people (--reveal shows it)"


@app.command("list")
def list_letters(
    consumer: ByConsumer = None,
    code: ByCode = None,
    topic: ByTopic = None,
    business: ByBusiness = None,
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Leave out what is superseded.")] = False,
    limit: Annotated[int, typer.Option(help="Show at most so many, the newest first.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List dead letters: which aggregate, why, and whether a newer event has superseded them."""
    criteria = DeadLetterFilter(None, consumer, code, topic, business, superseded=False if waiting else None)
    rows = _transact(lambda tx: find_letters(tx, criteria, limit))
    if as_json:
        for row in rows:
            say_json(msgspec.to_builtins(row))
        return
    table = Table("no.", "state", "code", "cause", "about", "consumer", "where", "set aside")
    for row in rows:
        about = (str(row.number), row.state, row.code, row.cause, row.about, row.consumer, row.where)
        table.add_row(*about, f"{row.set_aside_at:%Y-%m-%d %H:%M:%S}")
    console().print(table if rows else "No dead letters.")
    if len(rows) == limit:
        total = _transact(lambda tx: dead_letters.count(tx, criteria))
        console().print(f"{limit} of {total}; --limit shows more.")


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
    *,
    reveal: Reveal = False,
    as_json: AsJson = False,
) -> None:
    """Show one letter: cause, headers and, with --reveal, the value. Needs DEAD_LETTER_KEYS."""
    cipher = FieldCipher(letter_keys())

    async def read(tx: Transaction) -> tuple[DeadLetterRow | None, RawRecord | None]:
        row = next(iter(await dead_letters.find(tx, DeadLetterFilter([number]))), None)
        return row, row and await dead_letters.find_record(tx, cipher, row)

    try:
        row, raw = _transact(read)
        if row is None or raw is None:
            fail(f"There is no dead letter {number}: `portal dlq list` shows those that are there.")
    except Undecipherable as error:
        fail(f"Letter {number} cannot be opened: {error}. Is its key in DEAD_LETTER_KEYS?")
    if reveal:
        typer.echo(_WARNING, err=True)
    headers = {printable(name.encode()): _header(name, value, reveal=reveal) for name, value in raw.headers}
    value = {"bytes": len(raw.value or b""), "value": printable(raw.value) if reveal else _HIDDEN}
    if as_json:
        say_json({**msgspec.to_builtins(row), "headers": headers, **value})
        return
    lines = "".join(f"\n  {name:<16} {text}" for name, text in headers.items())
    for name, text in {**msgspec.to_builtins(row), "headers": lines, **value}.items():
        typer.echo(f"{name:<18} {text}")


@app.command("retry")
def retry(
    numbers: Numbers = None,
    consumer: ByConsumer = None,
    code: ByCode = None,
    topic: ByTopic = None,
    business: ByBusiness = None,
    *,
    every: All = False,
    as_json: AsJson = False,
) -> None:
    """Apply letters again: after an upgrade that mends what was wrong. Needs the settings of the worker.

    The stored records are applied here, as the worker would; nothing is published again. A letter that is
    applied is gone, another is kept with its new cause. Superseded ones are tried only when their numbers are
    given.
    """
    criteria = criteria_of(
        *(numbers, consumer, code, topic, business),
        every=every,
        superseded=None if numbers else False,
    )
    if not run(_retry(criteria, as_json=as_json)):
        raise typer.Exit(1)


async def _retry(criteria: DeadLetterFilter, *, as_json: bool) -> bool:
    """Whether all that fit were applied."""
    from chassis.commands import installed  # a whole service, which no other command needs

    cipher, refused = FieldCipher(letter_keys()), 0
    async with database() as opened:
        async with opened.transaction() as tx:
            rows = await find_letters(tx, criteria)
            role = await tx.value("SELECT current_user::text", str) or ""
        if not rows:
            return _nothing_fits(as_json=as_json)
        async with installed.reactions(role) as apply_of:
            for row in reversed(rows):  # in the order of the log
                try:
                    async with opened.transaction() as tx:
                        apply = apply_of(row.consumer)
                        refusal = await dead_letters.retry(tx, cipher, apply, row)
                except Exception as error:  # a lost database is told in words
                    if not is_transient(error):
                        raise
                    fail(f"{row.number} is kept as it was: {type(error).__name__}. Try again later.")
                refused += refusal is not None
                if as_json:
                    reason = refusal._asdict() if refusal else {}
                    say_json({"number": row.number, "applied": not refusal, **reason})
                elif refusal:
                    typer.echo(f"{row.number} still cannot be applied: {refusal.code}: {refusal.cause}")
    if not as_json:
        typer.echo(f"{len(rows)} tried, {len(rows) - refused} applied.")
    return refused == 0


def _nothing_fits(*, as_json: bool) -> bool:
    """That there is none is what one hopes for, and no error."""
    if not as_json:
        typer.echo("No letter fits.")
    return True


@app.command("drop")
def drop(
    numbers: Numbers = None,
    consumer: ByConsumer = None,
    code: ByCode = None,
    topic: ByTopic = None,
    business: ByBusiness = None,
    *,
    every: All = False,
    superseded: Annotated[bool, typer.Option("--superseded", help="Only superseded ones.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete letters for good."""
    criteria = criteria_of(
        *(numbers, consumer, code, topic, business),
        every=every or superseded,
        superseded=superseded or None,
    )
    rows = _transact(lambda tx: find_letters(tx, criteria))
    if not yes and rows:
        typer.confirm(f"Delete {len(rows)} dead letter(s) for good?", abort=True, err=True)
    dropped = _transact(lambda tx: dead_letters.drop(tx, criteria)) if rows else 0
    if as_json:
        say_json({"dropped": dropped})
    else:
        typer.echo(f"{dropped} dropped." if rows else "No letter fits.")


def _transact(work: Callable[[Transaction], Awaitable[T]]) -> T:
    async def transact() -> T:
        async with database() as opened, opened.transaction() as tx:
            return await work(tx)

    return run(transact())


def _header(name: str, value: bytes | None, *, reveal: bool) -> str:
    if reveal or name.startswith("ce_") or name in _HARMLESS:
        return printable(value)
    return f"{len(value or b'')} bytes, hidden"
