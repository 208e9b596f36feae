"""Switch autopay on with a kept card, and off at once: by a payer, or because its reason is gone."""

from dataclasses import dataclass

import structlog
from chassis.database import Transaction
from chassis.events_out import Origin, retry_on_conflict
from chassis.identity import Viewer
from chassis.words.languages import AUTOPAY_TERMS
from servicehub_events import Autopay, AutopayEnd, Business, Method, Payment

from billing import errors
from billing.context import Context
from billing.domain.autopay import SwitchOn, conclude, stream_of, switch_off, switch_on
from billing.domain.kept_cards import copies_of
from billing.domain.payments import stream_of as payment_stream_of
from billing.handlers.keep_cards import CardOwner, list_all_cards, owner_of
from billing.store import autopays
from billing.store.autopays import AutopayCard

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who switches it off for a customer, and why."""

    by: str
    why: str


@dataclass(frozen=True, slots=True)
class SwitchAutopayOn:
    """A payer agrees to these terms, read in this language, with a card that they keep."""

    business: Business
    payer: Viewer
    card_id: str
    terms: str
    locale: str


async def switch_autopay_on(ctx: Context, command: SwitchAutopayOn) -> None:
    """Pay new invoices by this card from now on.

    Raises `AutopayTermsChanged`, `CardsNotKept`, `CardUnknown`, `CardsAway`, and `AutopayIsOn` where another
    card pays already.
    """
    if command.terms != AUTOPAY_TERMS:
        raise errors.AutopayTermsChanged
    if not command.business.saved_cards:
        raise errors.CardsNotKept
    vault, cards = await list_all_cards(ctx, owner_of(command.business, command.payer))
    card = next((card for card in cards if card.card_id == command.card_id), None)
    if vault is None or vault.reference is None or card is None:
        raise errors.CardUnknown
    payer = command.payer
    row = AutopayCard(
        business_id=command.business.business_id,
        customer_id=payer.customer_id,
        contact_id=payer.contact_id,
        account=vault.account,
        vault=vault.reference,
        card_id=card.card_id,
    )
    method = Method(type="card", brand=card.brand, last4=card.last4)

    async def once() -> None:
        async with ctx.tenant(row.business_id) as tx:
            now = ctx.clock()
            if not await autopays.add_autopay(tx, row, now):
                if await autopays.find_autopay(tx, row.customer_id) == row:
                    return
                raise errors.AutopayIsOn
            version, state = await ctx.events.latest(tx, stream_of(row.customer_id), Autopay)
            order = SwitchOn(
                business_id=row.business_id,
                customer_id=row.customer_id,
                contact_id=row.contact_id,
                card=method,
                terms=command.terms,
                locale=command.locale,
                at=now,
            )
            origin = Origin(f"contact:{row.contact_id}")
            await ctx.events.append(tx, stream_of(row.customer_id), version, switch_on(order, state), origin)

    await retry_on_conflict(once)


async def switch_autopay_off(ctx: Context, business: Business, payer: Viewer) -> None:
    """Charge nobody of the customer any more. What has begun to be charged goes on."""

    async def once() -> None:
        async with ctx.tenant(business.business_id) as tx:
            await autopays.lock_autopay(tx, payer.customer_id)
            await stop(ctx, tx, payer.customer_id, "customer", Origin(f"contact:{payer.contact_id}"))

    await retry_on_conflict(once)


async def read_autopay(ctx: Context, business: Business, customer_id: str) -> Autopay | None:
    """A customer's autopay, as pages show it; None while it is off."""
    async with ctx.tenant(business.business_id) as tx:
        if await autopays.find_autopay(tx, customer_id) is None:
            return None
        _, state = await ctx.events.latest(tx, stream_of(customer_id), Autopay)
    return state


async def switch_off_with_card(ctx: Context, owner: CardOwner, card_id: str) -> None:
    """Switch it off, if it pays by this card of the owner, or by a copy of it. Raises `CardsAway`."""
    async with ctx.tenant(owner.business.business_id) as tx:
        row = await autopays.find_autopay(tx, owner.customer_id)
    if row is None or row.contact_id != owner.contact_id:
        return
    _, cards = await list_all_cards(ctx, owner)
    if row.card_id not in copies_of(card_id, cards):
        return

    async def once() -> None:
        async with ctx.tenant(owner.business.business_id) as tx:
            if await autopays.lock_autopay(tx, owner.customer_id) == row:
                origin = Origin(f"contact:{owner.contact_id}")
                await stop(ctx, tx, owner.customer_id, "card_removed", origin)

    await retry_on_conflict(once)


async def stop(
    ctx: Context,
    tx: Transaction,
    customer_id: str,
    reason: str,
    origin: Origin,
    operator: Operator | None = None,
) -> None:
    """Switch it off, its row being locked; nothing when it is off.

    What had begun and has ended by now is told of here; the rest by whoever settles its payment.
    """
    stream = stream_of(customer_id)
    version, state = await ctx.events.latest(tx, stream, Autopay)
    by, why = (operator.by, operator.why) if operator else (None, None)
    events = switch_off(state, AutopayEnd(reason=reason, at=ctx.clock(), by=by, why=why))
    for charge in events[0].charges if events else ():
        _, payment = await ctx.events.latest(tx, payment_stream_of(charge.payment_id or ""), Payment)
        if payment:
            events += conclude(events[-1], payment)
    await ctx.events.append(tx, stream, version, events, origin)
    await autopays.delete_autopay(tx, customer_id)
    log.info("autopay.switched_off", reason=reason, by=origin.actor)
