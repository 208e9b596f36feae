"""`portal billing`: an invoice and its payments, what is open, what Stripe told, what cards pay."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from chassis.commands.environment import (
    EXIT_CODES,
    AsJson,
    console,
    fail,
    run,
    say_facts,
    say_json,
    say_rows,
    time_span,
)
from rich.progress import Progress

from billing.commands.autopay import app as autopay
from billing.commands.pay_links import app as pay_links
from billing.commands.webhooks import app as webhooks
from billing.commands.worker_context import money_text, time_text, worker_context
from billing.handlers.inspect import InvoiceFile, InvoiceStep, list_attempts, read_invoices
from billing.handlers.reconcile_now import Reconciled, ReconcileNow, reconcile_now
from billing.store.histories import Attempt

app = typer.Typer(
    no_args_is_help=True,
    help="Invoices with their payments, what is open at Stripe, what it told. Run it in billing's worker.",
    epilog=EXIT_CODES,
)
app.add_typer(webhooks, name="webhooks")
app.add_typer(pay_links, name="pay-links")
app.add_typer(autopay, name="autopay")
Business = Annotated[str, typer.Option("--business", help="Only of this business.")]
_KEPT_AT_STRIPE = timedelta(days=30)


@app.command(epilog=EXIT_CODES)
def invoice(
    invoice_id: Annotated[str, typer.Argument(metavar="ID", help="The invoice's id in ServiceHub.")],
    business: Business = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show an invoice's money, who holds it, and what happened to its payments, the oldest first."""
    files = run(_invoice(invoice_id, business))
    if not files:
        fail(f"billing knows no invoice {invoice_id}: `portal customer show` in portal-read may say why.")
    for file in files:
        steps = [_step(step) for step in file.steps]
        if as_json:
            say_json({**_facts(file), "timeline": steps})
            continue
        say_facts(_facts(file))
        say_rows(steps, "Nobody has begun to pay it.")


@app.command(epilog=EXIT_CODES)
def attempts(
    business: Business = "",
    *,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List payments that are open at Stripe: since when, how often asked about, and when next."""
    rows = [_attempt(attempt) for attempt in run(_attempts(business, ended=ended, limit=limit))]
    say_rows(rows, "No payment is open.", as_json=as_json)


@app.command(epilog=EXIT_CODES)
def reconcile(
    business: Business = "",
    since: Annotated[str, typer.Option(help="2h, 7d; else from where each account was listed.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Ask Stripe now what happened on each account and to each open payment, and handle what was missed."""
    sums = run(_reconcile(ReconcileNow(business, _begin(since))))
    if business and not sums.accounts:
        fail(f"Nobody has paid anything to a business {business} yet.")
    if as_json:
        say_json({name: getattr(sums, name) for name in ("accounts", "payments", "missed", "away")})
    else:
        typer.echo(f"Asked about {sums.accounts} accounts and {sums.payments} open payments.")
        typer.echo(f"{sums.missed} events were found that no webhook had told.")
    if sums.away:
        fail(f"{sums.away} did not answer: see the log, and run it again.")


def _begin(since: str) -> datetime | None:
    if not since:
        return None
    if (span := time_span(since)) is None or span > _KEPT_AT_STRIPE:
        raise typer.BadParameter("--since is a number with s, m, h or d, 30d at most: Stripe keeps no more")
    return datetime.now(UTC) - span


async def _invoice(invoice_id: str, business: str) -> Sequence[InvoiceFile]:
    async with worker_context() as ctx:
        return await read_invoices(ctx, invoice_id, business)


async def _attempts(business: str, *, ended: bool, limit: int) -> Sequence[Attempt]:
    async with worker_context() as ctx:
        return await list_attempts(ctx, business, ended=ended, limit=limit)


async def _reconcile(command: ReconcileNow) -> Reconciled:
    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking Stripe", total=None)

        def progress(sums: Reconciled) -> None:
            bar.update(task, total=sums.accounts + sums.payments, completed=sums.asked)

        async with worker_context() as ctx:
            return await reconcile_now(ctx, command, progress)


def _facts(file: InvoiceFile) -> dict[str, str]:
    facts = {"business": file.business_id, "customer": file.customer_id}
    if file.invoice is None or file.money is None:
        return {**facts, "invoice": "erased"}
    money, currency = file.money, file.money.currency
    return {
        **facts,
        "invoice": f"{file.invoice.number}: {money.state}",
        "asked": money_text(money.asked, currency),
        "received": money_text(money.received, currency),
        "refunded": money_text(money.refunded, currency),
        "due": money_text(money.amount_due, currency),
        "payable": money_text(money.payable, currency),
        "credit": money_text(money.credit, currency),
        "held by": ", ".join(file.holders),
    }


def _step(step: InvoiceStep) -> dict[str, str]:
    event, payment = step.event, step.payment
    return {
        "at": time_text(event.occurred_at),
        "payment": event.payment_id,
        "event": type(payment).__name__,
        "amount": money_text(payment.amount, payment.currency),
        "tip": money_text(payment.tip.amount, payment.currency) if payment.tip else "",
        "method": payment.method.type if payment.method else "",
        "by": event.actor,
        "caused by": event.causation_id or "",
        "reference": payment.processor.reference,
    }


def _attempt(attempt: Attempt) -> dict[str, str]:
    return {
        "payment": attempt.payment_id,
        "business": attempt.business_id,
        "customer": attempt.customer_id,
        "invoices": ", ".join(attempt.invoices),
        "account": attempt.account,
        "reference": attempt.reference or "",
        "since": time_text(attempt.started_at),
        "asked": f"{attempt.checks} times",
        "next": time_text(attempt.next_check_at) or "ended",
    }
