"""`portal dlq show`: one dead letter with its record."""

from typing import Annotated

import msgspec
import typer

from chassis.commands import letters
from chassis.commands.environment import database, fail, letter_keys, printable, run, say_json
from chassis.commands.letters import Choice, Letter
from chassis.encryption import FieldCipher, Undecipherable
from chassis.events_in.dead_letters import RawRecord, open_record

_HARMLESS = ("content-type", "traceparent")
HIDDEN = "hidden: it may name people (--reveal shows it)"
WARNING = "What follows is the record as it came. It may hold personal data: do not pass it on."


def show(
    number: Annotated[int, typer.Argument(help="Its number in the list.")],
    *,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Print the value too. It may hold personal data.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for machines.")] = False,
) -> None:
    """Show one letter: cause, headers and, with --reveal, the value. Needs DEAD_LETTER_KEYS."""
    letter, raw = run(_read(number, FieldCipher(letter_keys())))
    if reveal:
        typer.echo(WARNING, err=True)
    headers = {printable(name.encode()): _header(name, value, reveal=reveal) for name, value in raw.headers}
    value = printable(raw.value) if reveal else HIDDEN
    if as_json:
        about = {**msgspec.to_builtins(letter), "state": letter.state}
        say_json({**about, "headers": headers, "value": value, "bytes": len(raw.value or b"")})
        return
    lines = [
        ("number", str(letter.number)),
        ("state", letter.state),
        ("code", letter.code),
        ("cause", letter.cause),
        ("consumer", letter.consumer),
        ("where", letter.where),
        ("about", letter.about),
        ("set aside", f"{letter.set_aside_at:%Y-%m-%d %H:%M:%S %Z}"),
        *((f"  {name}", text) for name, text in headers.items()),
        ("value", f"{len(raw.value or b'')} bytes, {HIDDEN}" if not reveal else value),
    ]
    for name, text in lines:
        typer.echo(f"{name:<18} {text}")


async def _read(number: int, cipher: FieldCipher) -> tuple[Letter, RawRecord]:
    async with database() as opened, opened.transaction() as connection:
        found = await letters.find(connection, Choice(numbers=[number]), 1)
        if not found:
            fail(f"There is no dead letter {number}: `portal dlq list` shows those that are there.")
        stored = await letters.stored_record(connection, number)
    try:
        return found[0], open_record(cipher, found[0].consumer, stored)
    except Undecipherable as error:
        fail(f"Letter {number} cannot be opened: {error}. Is its key in DEAD_LETTER_KEYS?")


def _header(name: str, value: bytes | None, *, reveal: bool) -> str:
    if reveal or name.startswith("ce_") or name in _HARMLESS:
        return printable(value)
    return f"{len(value or b'')} bytes, hidden"
