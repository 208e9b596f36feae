"""`portal auth log` and `unlock`: what happened at sign-in lately, and whose wrong codes are forgotten."""

from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from chassis.commands.environment import EXIT_CODES, AsJson, console, run, say_json
from rich.table import Table

from auth_otp.commands.opened import check_business, opened, read_address
from auth_otp.commands.sessions import app as sessions
from auth_otp.handlers.operate import ListEntries, Unlock, list_entries
from auth_otp.handlers.operate import unlock as forget_wrong_codes
from auth_otp.store.sign_in_log import DAYS, SignInEntry

app = typer.Typer(
    no_args_is_help=True,
    help="Sign-in: what happened lately, wrong codes, sessions. Run it in auth-otp's worker.",
    epilog=EXIT_CODES,
)
app.add_typer(sessions, name="sessions")
Business = Annotated[str, typer.Argument(metavar="BUSINESS", help="Its id.")]
_SHOWN_OF_INDEX = 14


@app.command(epilog=EXIT_CODES)
def log(
    business: Business,
    address: Annotated[str | None, typer.Argument(help="Only of this email address or phone number.")] = None,
    days: Annotated[int, typer.Option(help="How far back.", min=1, max=DAYS)] = 1,
    limit: Annotated[int, typer.Option(help="Only so many, the newest.", min=1)] = 200,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what happened at sign-in: to codes, to passkeys, and to sessions.

    Kept for 14 days, by blind index and network: it names nobody, so nothing is to reveal.
    """
    entries = run(_log(business, address, timedelta(days=days), limit))
    if as_json:
        for entry in entries:
            say_json(msgspec.to_builtins(entry))
        return
    table = Table("when", "what", "who", "from", "about")
    for entry in entries:
        who = entry.address_index[:_SHOWN_OF_INDEX]
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.kind, who, entry.network, entry.detail)
    console().print(table if entries else "Nothing happened there.")


async def _log(business: str, typed: str | None, within: timedelta, limit: int) -> list[SignInEntry]:
    async with opened() as ctx:
        await check_business(ctx, business)
        address = await read_address(ctx, business, typed) if typed else None
        return await list_entries(ctx, ListEntries(business, address, within, limit))


@app.command(epilog=EXIT_CODES)
def unlock(
    business: Business,
    address: Annotated[str, typer.Argument(help="An email address or phone number.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Forget the wrong codes that were typed for an address, so that it may try again today."""
    count = run(_unlock(business, address))
    if as_json:
        say_json({"forgotten": count})
    else:
        typer.echo(f"{count} wrong codes are forgotten." if count else "No wrong code was counted.")


async def _unlock(business: str, typed: str) -> int:
    async with opened() as ctx:
        return await forget_wrong_codes(ctx, Unlock(business, await read_address(ctx, business, typed)))
