"""`portal keys`: make key material, in the form in which settings take it; and see to its rotation."""

import os
from collections.abc import Callable
from typing import Annotated

import typer

from chassis.commands import keys_in_use
from chassis.commands.environment import fail
from chassis.settings.integration_keys import PERMISSIONS, new_integration_key
from chassis.settings.keys import InvalidKeys
from chassis.settings.new_keys import new_ring, new_signing_pair, with_last_first, with_new_key

KeyId = Annotated[str, typer.Argument(help="The key's id: one that its ring does not have yet.")]
app = typer.Typer(
    no_args_is_help=True,
    help="Make keys, and see which are in use. Nothing made is stored: what is printed is all there is.",
)
keys_in_use.add_to(app)


@app.command()
def ring(kid: KeyId = "k1") -> None:
    """A key ring of one random key, such as DEAD_LETTER_KEYS."""
    typer.echo(new_ring(kid))


@app.command()
def pair(kid: KeyId = "k1") -> None:
    """A signing pair: SESSION_SIGNING_KEYS on the first line, SESSION_PUBLIC_KEYS on the second."""
    typer.echo("\n".join(new_signing_pair(kid)))


Setting = Annotated[str, typer.Argument(help="The ring's setting, as it is told now.")]


@app.command()
def add(setting: Setting) -> None:
    """A ring of the environment with a new key behind the others: what the setting is told next."""
    _change(setting, with_new_key)


@app.command()
def promote(setting: Setting) -> None:
    """A ring of the environment with its last key first, once every process has it: from now on it writes."""
    _change(setting, with_last_first)


def _change(setting: str, change: Callable[[str], str]) -> None:
    if setting.startswith("SESSION_"):
        fail("A signing pair has two halves: make the new one with `portal keys pair KEY_ID`.")
    try:
        typer.echo(change(os.environ.get(setting, "")))
    except InvalidKeys as error:
        fail(f"{setting} {error}")


@app.command()
def integration(
    name: Annotated[str, typer.Argument(help="The program that gets the key, such as servicehub-core.")],
    may: Annotated[
        list[str] | None, typer.Option(help="What it may do: settings, account; left out: all.")
    ] = None,
    business: Annotated[list[str] | None, typer.Option(help="With which business; left out: all.")] = None,
) -> None:
    """A key for a program that calls the portal, and on the second line its entry in INTEGRATION_KEYS."""
    try:
        made = new_integration_key(name, may or PERMISSIONS, business or None)
    except InvalidKeys as error:
        raise typer.BadParameter(str(error)) from None
    typer.echo(f"{made.key}\n{made.entry.format()}")
