"""`portal messages`: what became of the messages to one customer, and what its contacts chose."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, run, say_rows
from chassis.observability import logs
from chassis.settings import load

from notifier.domain.preferences import switched_off_of
from notifier.service import build
from notifier.settings import Settings
from notifier.store.contacts import StoredPreferences, list_choices_of
from notifier.store.deliveries import DeliveryOutcome, list_outcomes

app = typer.Typer(
    no_args_is_help=True,
    help="Messages to one customer. Run it in the notifier's worker.",
    epilog=EXIT_CODES,
)
_WHY = {
    "declined": "the contact switched it off",
    "unwanted": "the contact is gone, or may not read it",
    "no_access": "the portal, or the customer's access, is off",
    "superseded": "it was no longer true, or no news any more",
    "erased": "what it tells about is erased",
    "expired": "its last moment had passed",
    "quiet_hours": "it waits for the morning",
    "unanswered": "its provider may have taken it, and did not say so",
}


@app.callback()
def root() -> None:
    """Messages to one customer. Run it in the notifier's worker."""


@app.command(epilog=EXIT_CODES)
def show(
    customer: Annotated[str, typer.Argument(metavar="BUSINESS/CUSTOMER", help="The key of its events.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on one line each, for machines.")] = False,
) -> None:
    """Tell what was sent in the last 30 days and what was not, the newest first, and why; nobody is named.

    Before it: what each contact switched off, and the language that it chose.
    """
    business_id, slash, customer_id = customer.partition("/")
    if not business_id or not slash or not customer_id:
        raise typer.BadParameter("a customer is named by BUSINESS/CUSTOMER, as its events' keys are")
    choices, outcomes = run(_read(business_id, customer_id))
    say_rows([_choice(each) for each in choices], "No contact chose anything.", as_json=as_json)
    say_rows([_outcome(each) for each in outcomes], "No message in the last 30 days.", as_json=as_json)


async def _read(
    business_id: str, customer_id: str
) -> tuple[Sequence[StoredPreferences], Sequence[DeliveryOutcome]]:
    logs.configure("notifier", "warning")
    ctx = build(load(Settings))
    try:
        async with ctx.all_tenants() as all_tenants:
            tx = all_tenants.of(business_id)
            return await list_choices_of(tx, customer_id), await list_outcomes(tx, customer_id)
    finally:
        await ctx.close()


def _choice(chosen: StoredPreferences) -> Mapping[str, str]:
    off = sorted(f"{way.kind} by {way.channel}" for way in switched_off_of(chosen))
    return {"contact": chosen.contact_id, "language": chosen.locale or "", "off": ", ".join(off)}


def _outcome(outcome: DeliveryOutcome) -> Mapping[str, str]:
    return {
        "at": f"{outcome.requested_at:%Y-%m-%d %H:%M}",
        "kind": outcome.kind,
        "channel": outcome.channel,
        "contact": outcome.contact_id,
        "outcome": outcome.status,
        "why": _WHY.get(outcome.error or "", outcome.error or ""),
    }
