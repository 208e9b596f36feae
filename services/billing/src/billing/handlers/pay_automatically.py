"""Pay automatically: plan what autopay covers, have notices sent, and charge cards on the day that was told.

A charge claims its invoice as a checkout does, in the transaction that stores all that the processor is sent:
an open page, a voucher and autopay never take money for one invoice at once. Nothing is claimed from a payer
who is on a page: the charge waits until that has ended, for the day that was told.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from chassis.database import Transaction
from chassis.events_out import Conflict, Origin
from chassis.identity import find_business
from servicehub_events import (
    Autopay,
    AutopayCharge,
    Business,
    Envelope,
    MessageSent,
    Payment,
    Processor,
)

from billing.context import Context
from billing.domain import autopay
from billing.domain.amounts import allocation_of
from billing.domain.autopay import Situation
from billing.domain.card_charge import CardCharge
from billing.domain.checkout_request import description_of
from billing.domain.payments import StartPayment, decide
from billing.domain.payments import stream_of as payment_stream_of
from billing.errors import AccountUnusable, ProcessorDeclined, ProcessorUnreachable
from billing.handlers.check_accounts import can_charge
from billing.handlers.settle import give_up, observe
from billing.handlers.start_checkout import PROCESSOR
from billing.handlers.switch_autopay import stop
from billing.store import account_checks, autopays, checkout_sessions, listed_accounts
from billing.store.autopays import AutopayCard
from billing.store.checkout_sessions import CheckoutSession

log = structlog.get_logger(__name__)

_TAKEN_FOR: Final = timedelta(minutes=1)
_NOTICE: Final = "autopay_notice"
_ORIGIN: Final = Origin("worker:autopay")


async def pay_automatically(ctx: Context) -> bool:
    """Do what is due for one customer. False when there is none."""
    now = ctx.clock()
    again = now + _TAKEN_FOR
    async with ctx.all_tenants() as tx:
        card = await autopays.lock_due(tx, now, again=again)
    if card is None:
        return False
    try:
        if await _wants_card(ctx, card) and not await _has_card(ctx, card):
            await _stop(ctx, card, "card_removed")
            return True
        for charge in await _review(ctx, card, since=again):
            await _charge(ctx, card, charge)
    except (ProcessorUnreachable, ProcessorDeclined) as error:  # nothing is known of the card now
        log.warning("autopay.postponed", reason=str(error))
    except Conflict as conflict:  # it is looked at again in a minute
        log.warning("autopay.postponed", reason=str(conflict))
    except Exception as error:  # one that trips us must not stop the others; it comes again
        log.error("autopay.failed", exc_info=error)
    return True


async def notices_sent(ctx: Context, tx: Transaction, batch: Sequence[Envelope]) -> None:
    """A charge whose notice was handed over may be made when its day has come."""
    for envelope in batch:
        match envelope.event:
            case MessageSent(kind=kind, customer_id=str(customer_id), caused_by=event_id) if kind == _NOTICE:
                await _confirm(ctx, tx.of(envelope.business_id), customer_id, event_id, envelope)
            case _:
                pass


async def _confirm(
    ctx: Context, tx: Transaction, customer_id: str, event_id: str, envelope: Envelope
) -> None:
    asked = await autopays.find_announcement(tx, customer_id, event_id)
    if asked is None or await autopays.lock_autopay(tx, customer_id) is None:
        return
    told = asked.charge(asked.invoice_id or "")
    version, state = await ctx.events.latest(tx, autopay.stream_of(customer_id), Autopay)
    if told is None or state is None:
        return
    events = autopay.confirm(state, told, envelope.time)
    origin = Origin("consumer:billing", envelope.id)
    await ctx.events.append(tx, autopay.stream_of(customer_id), version, events, origin)
    await autopays.mark_due(tx, [(envelope.business_id, customer_id)], ctx.clock())


async def _wants_card(ctx: Context, card: AutopayCard) -> bool:
    """Whether something is to be told or charged now: only then the processor is asked."""
    async with ctx.tenant(card.business_id) as tx:
        found = await _read(ctx, tx, card)
    return found is not None and autopay.wants_card(found[2], found[3])


async def _has_card(ctx: Context, card: AutopayCard) -> bool:
    """Whether the card is still kept: it can be removed at the processor too. Raises as that does."""
    return await ctx.vaults.has_card(card.account, card.vault, card.card_id)


async def _stop(ctx: Context, card: AutopayCard, reason: str) -> None:
    async with ctx.tenant(card.business_id) as tx:
        if await autopays.lock_autopay(tx, card.customer_id) == card:
            await stop(ctx, tx, card.customer_id, reason, _ORIGIN)


async def _review(ctx: Context, card: AutopayCard, *, since: datetime) -> Sequence[AutopayCharge]:
    """Append what follows from what is so now; the charges to make at once."""
    async with ctx.tenant(card.business_id) as tx:
        found = await _read(ctx, tx, card)
        if found is None:
            return ()
        business, version, state, situation = found
        events = autopay.review(state, situation)
        stream = autopay.stream_of(card.customer_id)
        state = await ctx.events.append(tx, stream, version, events, _ORIGIN) or state
        at = autopay.next_look(state, situation.zone, situation.now)
        await autopays.mark_next_look(tx, card, at, since=since)
        charges = autopay.ready(state, situation)
    return charges if charges and await can_charge(ctx, business) else ()


async def _read(
    ctx: Context, tx: Transaction, card: AutopayCard
) -> tuple[Business, int, Autopay, Situation] | None:
    """What there is to judge, the row being locked from now on; None when it is off, or is switched off."""
    if await autopays.lock_autopay(tx, card.customer_id) != card:
        return None
    version, state = await ctx.events.latest(tx, autopay.stream_of(card.customer_id), Autopay)
    business = await find_business(tx, card.business_id)
    access = await autopays.find_access(tx, card.customer_id)
    if state is None:
        raise LookupError("autopay without a stream")  # both are written in one transaction
    checked = await account_checks.find_checked(tx, card.account)
    reason = autopay.reason_to_stop(state, business, access, card.account)
    if reason is None and checked and autopay.is_account_gone(checked.standing, checked.since, ctx.clock()):
        reason = "account_gone"
    if reason:
        await stop(ctx, tx, card.customer_id, reason, _ORIGIN)
        return None
    if business is None:
        raise LookupError("a business that is on, and unknown")
    ids = [charge.invoice_id for charge in state.charges]
    situation = Situation(
        now=ctx.clock(),
        zone=ZoneInfo(business.time_zone),
        invoices=await autopays.list_covered(tx, card.customer_id, state.consent.at, ids),
        payments=await _payments(ctx, tx, state),
        takes_charges=checked is None or checked.standing in (None, "ready"),
    )
    return business, version, state, situation


async def _payments(ctx: Context, tx: Transaction, state: Autopay) -> dict[str, Payment]:
    ids = [charge.payment_id for charge in state.charges if charge.payment_id]
    latest = {id_: await ctx.events.latest(tx, payment_stream_of(id_), Payment) for id_ in ids}
    return {id_: payment for id_, (_, payment) in latest.items() if payment}


async def _charge(ctx: Context, card: AutopayCard, charge: AutopayCharge) -> None:
    """Begin a payment, then charge the card. Whatever is lost on the way, the reconciler asks."""
    session = await _begin(ctx, card, charge.invoice_id)
    if session is None:
        return
    try:
        status = await ctx.charges.charge_card(session.account, session.request, session.idempotency_key)
    except AccountUnusable:  # it says nothing about the card
        ctx.standings[session.account] = ("restricted", ctx.clock())
        await give_up(ctx, session, _ORIGIN)
    except ProcessorDeclined as error:
        await give_up(ctx, session, _ORIGIN, error.failure)
    except ProcessorUnreachable as error:
        log.warning("autopay.unanswered", payment_id=session.payment_id, reason=str(error))
    else:
        await observe(ctx, session, status, _ORIGIN)


async def _begin(ctx: Context, card: AutopayCard, invoice_id: str) -> CheckoutSession | None:
    """Claim the invoice and store what the processor will be sent; None when it is not to be charged now.

    The claim comes first, as whoever settles a payment holds it before the row: else two would wait for each
    other.
    """
    payment_id = ctx.new_id()
    async with ctx.tenant(card.business_id) as tx, tx.connection.begin_nested() as part:
        if await checkout_sessions.add_claims(tx, payment_id, [invoice_id]):
            found = await _read(ctx, tx, card)
            charge = _still_ready(found, invoice_id)
            if found and charge:
                return await _start(ctx, tx, card, found, charge, payment_id)
        await part.rollback()
    return None


def _still_ready(
    found: tuple[Business, int, Autopay, Situation] | None, invoice_id: str
) -> AutopayCharge | None:
    if found is None:
        return None
    _, _, state, situation = found
    charges = autopay.ready(state, situation)
    return next((charge for charge in charges if charge.invoice_id == invoice_id), None)


async def _start(
    ctx: Context,
    tx: Transaction,
    card: AutopayCard,
    found: tuple[Business, int, Autopay, Situation],
    charge: AutopayCharge,
    payment_id: str,
) -> CheckoutSession:
    business, version, state, situation = found
    owed, now = situation.invoices[charge.invoice_id].owed, situation.now
    part = allocation_of(owed, charge.amount)
    start = StartPayment(
        business_id=card.business_id,
        payment_id=payment_id,
        customer_id=card.customer_id,
        contact_id=card.contact_id,
        allocations=(part,),
        currency=charge.currency,
        processor=Processor(name=PROCESSOR, account=card.account, reference=""),
        at=now,
        autopay=True,
    )
    request = CardCharge(
        business_id=card.business_id,
        payment_id=payment_id,
        amount=charge.amount,
        currency=charge.currency,
        vault=card.vault,
        card_id=card.card_id,
        description=description_of(business.name, [owed], state.consent.locale),
    )
    session = CheckoutSession(
        business_id=card.business_id,
        payment_id=payment_id,
        customer_id=card.customer_id,
        account=card.account,
        request=ctx.charges.build_charge(request),
        idempotency_key=f"{payment_id}-1",
        started_at=now,
        vault=card.vault,
        autopay=True,
    )
    new = 0
    await ctx.events.append(tx, payment_stream_of(payment_id), new, decide(start, None), _ORIGIN)
    every = timedelta(seconds=ctx.settings.reconcile_seconds)
    await checkout_sessions.add_session(tx, session, check_after=every)
    await listed_accounts.add_account(tx, card.account, now)
    begun = autopay.begin(state, charge, payment_id, now)
    await ctx.events.append(tx, autopay.stream_of(card.customer_id), version, [begun], _ORIGIN)
    return session
