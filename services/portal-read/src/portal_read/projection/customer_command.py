"""`portal customer`: what the pages know of one customer."""

from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, database, fail, run, say_json
from chassis.encryption import Undecipherable
from chassis.settings import load

from portal_read.projection.customer_report import CustomerReport, find_customer_report
from portal_read.projection.customer_words import report_json, report_lines
from portal_read.projection.sealed_states import OpeningSettings, StateCipher

app = typer.Typer(
    no_args_is_help=True,
    help="One customer, as the pages know it. Run it in portal-read's worker.",
    epilog=EXIT_CODES,
)
_WARNING = "Names and addresses are shown: they are personal data, do not pass them on."
_ELSEWHERE = (
    "This database has no projection that this build can read: run the command in portal-read's worker"
    " (`make portal SERVICE=portal-read ARGS=…` beside `make run`)."
)


@app.callback()
def root() -> None:
    """One customer, as the pages know it. Run it in portal-read's worker."""


@app.command(epilog=EXIT_CODES)
def show(
    customer: Annotated[str, typer.Argument(metavar="BUSINESS/CUSTOMER", help="The key of its events.")],
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="Names and addresses too: personal data.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on one line, for machines.")] = False,
) -> None:
    """Tell why a customer does not see something: access, contacts, last versions known, dead letters.

    Runs in portal-read's worker, and tells what the projection shows that is active. Whether a mail went out
    the notifier knows, and how a payment stands at the processor, billing. Exit code 1 when no event of the
    customer was applied.
    """
    business_id, slash, customer_id = customer.partition("/")
    if not business_id or not slash or not customer_id:
        raise typer.BadParameter("a customer is named by BUSINESS/CUSTOMER, as its events' keys are")
    report = run(_read(business_id, customer_id)) or fail(_ELSEWHERE)
    if reveal:
        typer.echo(_WARNING, err=True)
    if as_json:
        say_json(report_json(report, reveal=reveal))
    else:
        for label, text in report_lines(report, reveal=reveal):
            typer.echo(f"{label:<14} {text}")
    if report.customer is None:
        raise typer.Exit(1)


async def _read(business_id: str, customer_id: str) -> CustomerReport | None:
    cipher = StateCipher.of(load(OpeningSettings).field_encryption_keys)
    async with database() as opened, opened.transaction() as tx:
        try:
            return await find_customer_report(tx, business_id, customer_id, cipher)
        except Undecipherable as error:
            fail(f"What is known cannot be opened: {error} (FIELD_ENCRYPTION_KEYS).")
