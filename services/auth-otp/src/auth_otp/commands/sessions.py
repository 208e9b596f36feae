"""`portal auth sessions`: a customer's live sessions, and how to end them."""

from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, AsJson, run, say_json, say_rows
from chassis.commands.known_names import check_name

from auth_otp.commands.opened import opened, read_customer
from auth_otp.domain.stored_addresses import session_place
from auth_otp.handlers.operate import DeviceSession, end_sessions, list_sessions

app = typer.Typer(
    no_args_is_help=True,
    help="A customer's live sessions. Whoever's session is ended is signed out within two seconds.",
    epilog=EXIT_CODES,
)
Customer = Annotated[str, typer.Argument(metavar="BUSINESS/CUSTOMER", help="The key of its events.")]
_WARNING = "Addresses are shown: they are personal data, do not pass them on."
Rows = list[dict[str, str]]


@app.command("list", epilog=EXIT_CODES)
def list_them(
    customer: Customer,
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="The proven address too: personal data.")] = False,
    as_json: AsJson = False,
) -> None:
    """List them: contact, device, since when and until when."""
    rows = run(_list(customer, reveal=reveal))
    if reveal:
        typer.echo(_WARNING, err=True)
    say_rows(rows, "Nobody is signed in.", as_json=as_json)


async def _list(customer: str, *, reveal: bool) -> Rows:
    async with opened() as ctx:
        found = await list_sessions(ctx, await read_customer(ctx, customer))
        rows = [_row(one) for one in found]
        if reveal:
            for row, one in zip(rows, found, strict=True):
                address = ctx.addresses.read(one.live.address_cipher, session_place(one.live.business_id))
                row["address"] = address.value if address else "(its key is gone)"
    return rows


def _row(one: DeviceSession) -> dict[str, str]:
    return {
        "session": one.live.session_id,
        "contact": one.live.contact_id,
        "device": one.session.device if one.session else "",
        "began": f"{one.session.issued_at:%Y-%m-%d %H:%M}" if one.session else "",
        "ends": f"{one.live.expires_at:%Y-%m-%d %H:%M}",
    }


@app.command(epilog=EXIT_CODES)
def end(
    customer: Customer,
    session: Annotated[str | None, typer.Argument(help="Its id in the list.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All of the customer.")] = False,
    as_json: AsJson = False,
) -> None:
    """End one session of a customer, or all of them."""
    if every is (session is not None):
        raise typer.BadParameter("name one session, or say --all")
    ended = run(_end(customer, session))
    if as_json:
        say_json({"ended": ended})
    else:
        typer.echo(f"Ended: {', '.join(ended)}" if ended else "Nobody is signed in.")


async def _end(customer: str, session: str | None) -> list[str]:
    async with opened() as ctx:
        of = await read_customer(ctx, customer)
        if session:
            check_name("session", session, [one.live.session_id for one in await list_sessions(ctx, of)])
        return await end_sessions(ctx, of, session or "")
