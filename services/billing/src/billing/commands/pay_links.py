"""`portal billing pay-links`: end links in mails by which invoices are paid without signing in."""

from collections.abc import Sequence
from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, AsJson, fail, run, say_rows

from billing.commands.worker_context import time_text, worker_context
from billing.handlers.end_pay_links import EndPayLinks, end_pay_links, list_ended_links
from billing.store.pay_links import EndedLinks

app = typer.Typer(
    no_args_is_help=True, help="Links in mails by which one invoice is paid.", epilog=EXIT_CODES
)


@app.command(epilog=EXIT_CODES)
def revoke(
    business: Annotated[str, typer.Option("--business", help="The business's id. Required.")],
    customer: Annotated[str, typer.Option(help="Only links of this customer.")] = "",
    invoice: Annotated[str, typer.Option(help="Only links for this invoice.")] = "",
) -> None:
    """End the links that were sent until now: whoever opens one is asked to sign in.

    Later mails have new ones. To send none at all, set `pay_links` of the business to false.
    """
    if customer and invoice:
        raise typer.BadParameter("name --customer or --invoice, not both")
    command = EndPayLinks(business, "business", business)
    if customer:
        command = EndPayLinks(business, "customer", customer)
    elif invoice:
        command = EndPayLinks(business, "invoice", invoice)
    if not run(_revoke(command)):
        fail(f"billing knows no business {business}.")
    typer.echo(f"Links of {command.scope} {command.id} that were sent until now open nothing any more.")


@app.command("list", epilog=EXIT_CODES)
def list_them(
    business: Annotated[str, typer.Option("--business", help="Only of this business.")] = "",
    *,
    limit: Annotated[int, typer.Option(min=1, help="So many, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List whose links were ended, and until when; also by switching a customer's access off."""
    rows = [_row(ended) for ended in run(_list(business, limit))]
    say_rows(rows, "None were ended.", as_json=as_json)


async def _revoke(command: EndPayLinks) -> bool:
    async with worker_context() as ctx:
        return await end_pay_links(ctx, command)


async def _list(business: str, limit: int) -> Sequence[EndedLinks]:
    async with worker_context() as ctx:
        return await list_ended_links(ctx, business, limit=limit)


def _row(ended: EndedLinks) -> dict[str, str]:
    return {
        "business": ended.business_id,
        "scope": ended.scope,
        "id": ended.id,
        "until": time_text(ended.ended_at),
    }
