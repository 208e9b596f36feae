"""`portal billing webhooks`: what Stripe told, what became of it, and to handle one of them again."""

from collections.abc import Sequence
from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, AsJson, fail, run, say_json, say_rows

from billing.commands.worker_context import time_text, worker_context
from billing.handlers.inspect import list_webhooks, replay_webhook
from billing.store.histories import KnownWebhook

app = typer.Typer(no_args_is_help=True, help="What Stripe told, and what became of it.", epilog=EXIT_CODES)


@app.command("list", epilog=EXIT_CODES)
def list_them(
    payment: Annotated[str, typer.Option(help="Only about this payment, by our id.")] = "",
    account: Annotated[str, typer.Option(help="Only of this account.")] = "",
    *,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those not handled yet.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List webhooks, the newest first; `found by` the reconciler are those that were never posted."""
    rows = [_row(webhook) for webhook in run(_list(payment, account, waiting=waiting, limit=limit))]
    say_rows(rows, "There is none.", as_json=as_json)


@app.command(epilog=EXIT_CODES)
def replay(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Stripe's id of the event, evt_….")],
    *,
    as_json: AsJson = False,
) -> None:
    """Handle a webhook again: Stripe is asked what it is about as it stands now. Harmless, however often."""
    webhook = run(_replay(event))
    if webhook is None:
        fail(f"There is no webhook {event}: `portal billing webhooks list` shows those there are.")
    if as_json:
        say_json(_row(webhook))
    else:
        typer.echo(webhook.outcome or "It waits: Stripe did not answer, and is asked again.")
    if webhook.outcome is None:
        raise typer.Exit(1)


async def _list(payment: str, account: str, *, waiting: bool, limit: int) -> Sequence[KnownWebhook]:
    async with worker_context() as ctx:
        return await list_webhooks(ctx, payment=payment, account=account, waiting=waiting, limit=limit)


async def _replay(event: str) -> KnownWebhook | None:
    async with worker_context() as ctx:
        return await replay_webhook(ctx, event)


def _row(webhook: KnownWebhook) -> dict[str, str]:
    waits = f"tried {webhook.tries} times, next {time_text(webhook.next_try_at)}"
    return {
        "event": webhook.event_id,
        "kind": webhook.kind,
        "account": webhook.account,
        "payment": webhook.payment_id,
        "happened": time_text(webhook.happened_at),
        "received": time_text(webhook.received_at),
        "found by": webhook.found_by,
        "outcome": webhook.outcome or waits,
    }
