"""`portal billing autopay`: whose new invoices a kept card pays, what is planned, and to switch it off."""

from collections.abc import Sequence
from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, AsJson, fail, run, say_facts, say_json, say_rows
from servicehub_events import Autopay

from billing.commands.worker_context import money_text, time_text, worker_context
from billing.handlers.operate_autopay import (
    AutopayFile,
    AutopayStep,
    SwitchOffByHand,
    list_autopays,
    read_autopays,
    switch_off_by_hand,
)
from billing.store.histories import KnownAutopay

app = typer.Typer(
    no_args_is_help=True,
    help="Customers whose new invoices are paid by a kept card. Run it in billing's worker.",
    epilog=EXIT_CODES,
)
Business = Annotated[str, typer.Option("--business", help="Only of this business.")]


@app.command("list", epilog=EXIT_CODES)
def list_them(
    business: Business = "",
    *,
    limit: Annotated[int, typer.Option(min=1, help="So many, those looked at next.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List whose autopay is on, those first that are looked at next."""
    rows = [_row(known) for known in run(_list(business, limit))]
    say_rows(rows, "Nobody's autopay is on.", as_json=as_json)


@app.command(epilog=EXIT_CODES)
def show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A customer, a contact of one, or an invoice.")],
    business: Business = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show what autopay of a customer pays and when, and all that happened to it, the oldest first."""
    files = run(_show(id_, business))
    if not files:
        fail(f"No autopay was ever on for {id_}: `portal billing autopay list` shows those that are.")
    for file in files:
        plans, steps = _plans(file.state), [_step(step) for step in file.steps]
        if as_json:
            say_json({**_facts(file.state), "charges": plans, "timeline": steps})
            continue
        say_facts(_facts(file.state))
        say_rows(plans, "It is about to pay nothing.")
        say_rows(steps, "Nothing happened to it.")


@app.command(epilog=EXIT_CODES)
def off(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id in ServiceHub.")],
    business: Annotated[str, typer.Option("--business", help="The business's id. Required.")],
    by: Annotated[str, typer.Option("--by", help="Who decides; it is kept in the event, for ever.")],
    why: Annotated[str, typer.Option("--why", help="Why, in a sentence that names no customer; kept too.")],
) -> None:
    """Switch it off at once; the customer is told. A charge that is being made goes on."""
    if not by.strip() or not why.strip() or max(len(by), len(why)) > 200:
        raise typer.BadParameter("--by and --why need 1 to 200 characters each")
    file = run(_off(SwitchOffByHand(business, customer, by.strip(), why.strip())))
    if file is None:
        fail(f"Autopay of customer {customer} at business {business} is not on.")
    typer.echo("It is off: no further charge begins, and the customer is told.")
    for charge in file.state.charges:
        if charge.status == "charging":
            typer.echo(
                f"Invoice {charge.invoice_id} is being charged now: that goes on, as {charge.payment_id}."
            )


async def _list(business: str, limit: int) -> Sequence[KnownAutopay]:
    async with worker_context() as ctx:
        return await list_autopays(ctx, business, limit=limit)


async def _show(id_: str, business: str) -> Sequence[AutopayFile]:
    async with worker_context() as ctx:
        return await read_autopays(ctx, id_, business)


async def _off(command: SwitchOffByHand) -> AutopayFile | None:
    async with worker_context() as ctx:
        return await switch_off_by_hand(ctx, command)


def _row(known: KnownAutopay) -> dict[str, str]:
    return {
        "business": known.business_id,
        "customer": known.customer_id,
        "contact": known.contact_id,
        "account": known.account,
        "next look": time_text(known.next_look_at),
    }


def _facts(state: Autopay) -> dict[str, str]:
    facts = {
        "business": state.business_id,
        "customer": state.customer_id,
        "contact": state.contact_id,
        "autopay": state.status,
        "card": f"{state.card.brand or 'card'} ending {state.card.last4 or '?'}",
        "agreed": f"{time_text(state.consent.at)}, {state.consent.terms} in {state.consent.locale}",
    }
    if end := state.end:
        by = f", {end.by}: {end.why}" if end.by else ""
        facts["off since"] = f"{time_text(end.at)}, {end.reason}{by}"
    return facts


def _plans(state: Autopay) -> list[dict[str, str]]:
    return [
        {
            "invoice": charge.invoice_id,
            "amount": money_text(charge.amount, charge.currency),
            "day": charge.charge_on.isoformat(),
            "status": charge.status,
            "told": time_text(charge.confirmed_at),
            "declined": f"{charge.tries} times" if charge.tries else "",
            "why": charge.failure.code if charge.failure else "",
            "payment": charge.payment_id or "",
        }
        for charge in state.charges
    ]


def _step(step: AutopayStep) -> dict[str, str]:
    state = step.state
    return {
        "at": time_text(step.event.occurred_at),
        "event": type(state).__name__,
        "invoice": state.invoice_id or "",
        "charges": ", ".join(f"{charge.invoice_id} {charge.status}" for charge in state.charges),
        "by": step.event.actor,
        "caused by": step.event.causation_id or "",
    }
