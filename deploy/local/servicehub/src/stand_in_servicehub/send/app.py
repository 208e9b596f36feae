"""`send`: one command an action."""

import typer

from stand_in_servicehub.send import customers, invoices, visits

send = typer.Typer(
    no_args_is_help=True,
    help="Make something happen in the running simulator, which is at SIMULATOR_URL or SIMULATOR_PORT.",
)
visits.add_to(send)
invoices.add_to(send)
customers.add_to(send)
