"""`portal payments`: what waits for an operator, what is known of a payment, and how it is cleared."""

from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, AsJson, fail, run, say_facts, say_json, say_rows
from servicehub_events import ClearingDecision, Payment

from billing.commands.worker_context import money_text, worker_context
from billing.errors import ClearingRefused
from billing.handlers.operate import ClearByHand, PaymentFile, clear_by_hand, list_checked, read_file

app = typer.Typer(
    no_args_is_help=True,
    help="Payments that are being checked: their invoices cannot be paid until somebody decides. Run it in"
    " billing's worker.",
    epilog=EXIT_CODES,
)
PaymentId = Annotated[str, typer.Argument(metavar="ID", help="The payment's id in the list.")]
By = Annotated[str, typer.Option("--by", help="Who decides; it is kept in the event, for ever.")]
Why = Annotated[str, typer.Option("--why", help="Why, in a sentence that names no customer; kept too.")]
_REASONS = {
    "amount": "another amount was taken than was asked for",
    "currency": "another currency was taken than was asked for",
    "account": "its account does not tell whether it was paid",
    "invoice": "it is for other invoices",
}


@app.command("list", epilog=EXIT_CODES)
def list_them(*, as_json: AsJson = False) -> None:
    """List what waits for a decision, the oldest first."""
    say_rows([_row(payment) for payment in run(_list())], "No payment is being checked.", as_json=as_json)


@app.command(epilog=EXIT_CODES)
def show(payment: PaymentId, *, as_json: AsJson = False) -> None:
    """Show a payment, what was asked and taken, and what Stripe says of it now."""
    file = run(_show(payment))
    if file is None:
        fail(f"There is no payment {payment}: `portal payments list` shows those that are being checked.")
    rows = {**_row(file.payment), **_more(file)}
    if as_json:
        say_json(rows)
        return
    say_facts(rows)


@app.command(epilog=EXIT_CODES)
def clear(
    payment: PaymentId,
    by: By,
    why: Why,
    *,
    accept: Annotated[bool, typer.Option("--accept", help="What was taken counts as paid.")] = False,
    refunded: Annotated[
        bool, typer.Option("--refunded", help="All of it was given back: its invoices can be paid again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide about money that was taken: it counts, or it was given back in Stripe's dashboard."""
    if accept is refunded:
        raise typer.BadParameter("say either --accept or --refunded")
    _clear(payment, "accepted" if accept else "refunded", by, why, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def release(payment: PaymentId, by: By, why: Why, *, as_json: AsJson = False) -> None:
    """Let its invoices be paid again: nothing was taken, or what was taken is settled elsewhere."""
    _clear(payment, "released", by, why, as_json=as_json)


def _clear(payment: str, decision: ClearingDecision, by: str, why: str, *, as_json: bool) -> None:
    if not by.strip() or not why.strip() or max(len(by), len(why)) > 200:
        raise typer.BadParameter("--by and --why need 1 to 200 characters each")
    try:
        cleared = run(_decide(ClearByHand(payment, decision, by.strip(), why.strip())))
    except ClearingRefused as error:
        fail(str(error))
    if as_json:
        say_json(_row(cleared))
    elif decision == "accepted":
        typer.echo(f"It counts as paid: {money_text(cleared.charged, cleared.currency)}.")
    else:
        typer.echo("It does not count: its invoices can be paid again.")


async def _list() -> list[Payment]:
    async with worker_context() as ctx:
        return list(await list_checked(ctx))


async def _show(payment: str) -> PaymentFile | None:
    async with worker_context() as ctx:
        return await read_file(ctx, payment)


async def _decide(command: ClearByHand) -> Payment:
    async with worker_context() as ctx:
        return await clear_by_hand(ctx, command)


def _row(payment: Payment) -> dict[str, str]:
    taken = payment.taken
    return {
        "payment": payment.payment_id,
        "business": payment.business_id,
        "status": payment.status,
        "since": f"{payment.occurred_at:%Y-%m-%d %H:%M}",
        "asked": money_text(payment.charged, payment.currency),
        "taken": money_text(taken.amount, taken.currency) if taken else "",
        "invoices": ", ".join(part.invoice_id for part in payment.allocations),
        "why": _REASONS[payment.review.reason] if payment.review else "",
    }


def _more(file: PaymentFile) -> dict[str, str]:
    payment, status = file.payment, file.status
    says = "nothing: the account or the page cannot be asked"
    if status:
        money = money_text(status.amount, status.currency)
        says = f"{money} taken at {status.at:%Y-%m-%d %H:%M}" if status.paid else f"not paid, {status.page}"
    if status and file.refunded:
        says += f", {money_text(file.refunded, status.currency)} given back"
    clearing = payment.clearing
    return {
        "customer": payment.customer_id,
        "tip": money_text(payment.tip.amount, payment.currency) if payment.tip else "",
        "account": payment.processor.account,
        "reference": payment.processor.reference,
        "stripe says": says,
        "disputes": ", ".join(f"{one.status} {one.dispute_id or ''}".strip() for one in payment.disputes),
        "cleared": f"{clearing.decision} by {clearing.by}: {clearing.reason}" if clearing else "",
    }
