"""Start a checkout: claim the invoices, then open the processor's page; one charge, however many tabs.

All that the processor will be sent is stored with the claims, in one transaction and before it hears of them,
so that whoever comes next, in another tab or after a crash, continues the same payment instead of beginning a
second one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from chassis.database import Transaction
from chassis.events_out import Origin
from chassis.identity import Viewer
from chassis.origins import origin_of
from servicehub_events import Allocation, Business, Payment, Processor

from billing import errors
from billing.context import Context
from billing.domain.amounts import AmountChoice, OwedInvoice, allocate, currency_of, today
from billing.domain.checkout_request import checkout_request
from billing.domain.kept_cards import CardUse
from billing.domain.payments import (
    OPEN_FOR,
    CheckoutStatus,
    StartPayment,
    decide,
    held_until,
    is_taken,
    next_key,
    stream_of,
)
from billing.domain.tips import read_tip
from billing.domain.vouchers import is_voucher
from billing.handlers.check_accounts import can_charge
from billing.handlers.keep_cards import card_use, is_lost, owner_of
from billing.handlers.settle import cancel_payment, give_up, read_payment, settle
from billing.store import checkout_sessions, invoices, listed_accounts
from billing.store.checkout_sessions import CheckoutSession

log = structlog.get_logger(__name__)

PROCESSOR: Final = "stripe"
BY_LINK: Final = "pay-link"
"""The actor of what whoever has a pay link does, before the contact that it was sent to."""
_ROUNDS = 4
_TRIES = 3
_FIRST_PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class StartCheckout:
    """Pay this much of these invoices, in order of id, each once. `locale` is the page's language.

    `keep`: the payer keeps the card for the next time, where the business allows it. `instead` of a voucher
    that waits to be paid: it is called off. `by_link`: nobody is signed in, so that the page offers no cards.
    `tip`: what they add beside the invoices, in minor units or as a person typed it.
    """

    business: Business
    payer: Viewer
    invoices: Sequence[str]
    choice: AmountChoice
    locale: str
    keep: bool = False
    instead: bool = False
    by_link: bool = False
    tip: int | str | None = None

    @property
    def origin(self) -> Origin:
        """Who pays, as far as is known."""
        return Origin(f"{BY_LINK if self.by_link else 'contact'}:{self.payer.contact_id}")


@dataclass(frozen=True, slots=True)
class ToPay:
    """The payer goes on to the processor's page."""

    payment: Payment
    url: str


@dataclass(frozen=True, slots=True)
class ToSee:
    """There is a payment already that cannot be called off: its result is what the payer wants to see."""

    payment: Payment


@dataclass(frozen=True, slots=True)
class Claimed:
    """The invoices are held by this session: a new one, or the open one that asks for the same."""

    session: CheckoutSession


@dataclass(frozen=True, slots=True)
class HeldBy:
    """Other payments hold some of the invoices, or hold them for another amount."""

    payments: Sequence[str]


async def start_online(ctx: Context, command: StartCheckout) -> ToPay | ToSee:
    """Begin or join a payment, if the business can be paid online. Raises the `PaymentRefused` errors."""
    if not await can_charge(ctx, command.business):
        raise errors.NotOnline
    return await start_checkout(ctx, command)


async def start_checkout(ctx: Context, command: StartCheckout) -> ToPay | ToSee:
    """Begin or join a payment. Raises the `PaymentRefused` errors."""
    origin = command.origin
    try:
        for _ in range(_ROUNDS):
            cards = await _card_use(ctx, command)
            match await _claim(ctx, command, cards, origin):
                case HeldBy(payments):
                    for payment_id in payments:
                        if to_see := await _cancel_payment(ctx, command, payment_id, origin):
                            return to_see
                case Claimed(session):
                    if outcome := await _open_page(ctx, command, session, origin):
                        return outcome
    except errors.ProcessorUnreachable as error:
        log.warning("checkout.processor_away", error=str(error))
        raise errors.ProcessorAway from error
    except errors.ProcessorDeclined as error:
        log.warning("checkout.unconfirmed", error=str(error))
        raise errors.Unconfirmed(await _held_until(ctx, command)) from error
    raise errors.InProgress


async def _card_use(ctx: Context, command: StartCheckout) -> CardUse:
    if command.by_link:
        return CardUse()
    return await card_use(ctx, command.business, command.payer, keep=command.keep)


async def _claim(ctx: Context, command: StartCheckout, cards: CardUse, origin: Origin) -> Claimed | HeldBy:
    """Hold the invoices for a new payment, or go on with the open one that is the same."""
    payment_id = ctx.new_id()
    async with ctx.tenant(command.business.business_id) as tx:
        async with tx.connection.begin_nested() as part:
            if await checkout_sessions.add_claims(tx, payment_id, command.invoices):
                # Read after the claim: whatever was paid until it was ours is seen.
                return Claimed(await _begin_payment(ctx, tx, command, cards, payment_id, origin))
            await part.rollback()
        return await _join_payment(ctx, tx, command, cards)


async def _begin_payment(
    ctx: Context,
    tx: Transaction,
    command: StartCheckout,
    cards: CardUse,
    payment_id: str,
    origin: Origin,
) -> CheckoutSession:
    owed, parts, tip = await _amounts(ctx, tx, command)
    payer, now = command.payer, ctx.clock()
    start = StartPayment(
        business_id=command.business.business_id,
        payment_id=payment_id,
        customer_id=payer.customer_id,
        contact_id=payer.contact_id,
        allocations=parts,
        currency=currency_of(owed),
        processor=Processor(name=PROCESSOR, account=_account_of(command.business), reference=""),
        at=now,
        tip=tip,
    )
    session = CheckoutSession(
        business_id=command.business.business_id,
        payment_id=payment_id,
        customer_id=payer.customer_id,
        account=start.processor.account,
        request=_request(ctx, command, start, owed, cards),
        idempotency_key=f"{payment_id}-1",
        started_at=now,
        vault=cards.vault,
        keeps_card=cards.keeps,
    )
    new = 0  # its id was made a moment ago
    await ctx.events.append(tx, stream_of(payment_id), new, decide(start, None), origin)
    await checkout_sessions.add_session(
        tx, session, check_after=timedelta(seconds=ctx.settings.reconcile_seconds)
    )
    await listed_accounts.add_account(tx, session.account, now)
    return session


async def _join_payment(
    ctx: Context, tx: Transaction, command: StartCheckout, cards: CardUse
) -> Claimed | HeldBy:
    """Claimed by the one open session for the same parts of the same versions of the same invoices and tip.

    A page that offers another contact's cards, or keeps one that shall not be kept, is nobody else's to join;
    autopay has no page.
    """
    _, parts, tip = await _amounts(ctx, tx, command)
    holders = await checkout_sessions.list_holders(tx, command.invoices)
    if len(holders) != 1:
        return HeldBy(holders)
    _, payment = await ctx.events.latest(tx, stream_of(holders[0]), Payment)
    session = await checkout_sessions.find_session(tx, holders[0])
    if payment is None or session is None or payment.allocations != parts:
        return HeldBy(holders)
    if payment.charged - payment.amount != tip:
        return HeldBy(holders)
    if is_voucher(payment) or session.autopay:
        return HeldBy(holders)
    if session.account != command.business.stripe_account:
        return HeldBy(holders)
    if CardUse(session.vault, session.keeps_card) != cards:
        return HeldBy(holders)
    return Claimed(session)


async def _held_until(ctx: Context, command: StartCheckout) -> datetime:
    """Until when the processor is given time to tell of the payments that hold the invoices."""
    async with ctx.tenant(command.business.business_id) as tx:
        holders = await checkout_sessions.list_holders(tx, command.invoices)
        states = [await ctx.events.latest(tx, stream_of(holder), Payment) for holder in holders]
    return max((held_until(state) for _, state in states if state), default=ctx.clock())


async def _amounts(
    ctx: Context, tx: Transaction, command: StartCheckout
) -> tuple[list[OwedInvoice], tuple[Allocation, ...], int]:
    """What is owed, what of it is paid, and the tip."""
    owed = await invoices.list_owed(
        tx, command.payer.customer_id, command.invoices, vouchers=not command.instead
    )
    if len(owed) != len(command.invoices):
        raise errors.InvoiceUnknown
    currency_of(owed)
    parts = allocate(command.choice, owed, today(command.business, ctx.clock()))
    return owed, parts, read_tip(command.business, command.tip, parts, owed)


def _account_of(business: Business) -> str:
    if business.stripe_account is None:
        raise errors.NotOnline
    return business.stripe_account


def _request(
    ctx: Context,
    command: StartCheckout,
    start: StartPayment,
    owed: Sequence[OwedInvoice],
    cards: CardUse,
) -> str:
    """Every parameter that the processor will be sent, now and in each retry."""
    origin = origin_of(command.business, ctx.settings.public_origin)
    page = checkout_request(
        start,
        owed,
        business=command.business.name,
        locale=command.locale,
        portal=f"{origin}/billing/{command.business.slug}",
        expires_at=start.at + OPEN_FOR,
        cards=cards,
    )
    try:
        return ctx.processor.build_request(page)
    except errors.ProcessorDeclined as error:
        raise errors.Failed(error.failure.code) from error


async def _open_page(
    ctx: Context, command: StartCheckout, session: CheckoutSession, origin: Origin
) -> ToPay | ToSee | None:
    """Lead to one page that can be paid on, whatever was lost on the way. None when the payment has ended.

    Raises `ProcessorUnreachable`; the session stays open then, and whoever tries again continues it. So it is
    when the processor wants no second try now, or one later: a person does not wait that long.
    """
    if session.reference:
        return await _still_open(ctx, session, origin)
    for number in range(_TRIES):
        try:
            status = await ctx.processor.create_session(
                session.account, session.request, session.idempotency_key
            )
        except errors.ProcessorDeclined as error:
            await give_up(ctx, session, origin, error.failure)
            if isinstance(error, errors.AccountUnusable):
                ctx.standings[session.account] = ("restricted", ctx.clock())
                raise errors.NotOnline from error
            if session.vault and await is_lost(ctx, owner_of(command.business, command.payer), session.vault):
                return None
            raise errors.Failed(error.failure.code) from error
        except errors.ProcessorUnreachable as lost:
            if number == _TRIES - 1 or lost.retry_after:
                raise
            page = await ctx.processor.find_session(session.account, session.payment_id, session.started_at)
            if page is None:
                session = await _next_try(ctx, session, lost)
                if not lost.try_again:
                    raise
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * 2**number)
                continue
            status = page
        return await _hand_out(ctx, session, status, origin)
    raise AssertionError  # the last try returns or raises


async def _next_try(
    ctx: Context, session: CheckoutSession, lost: errors.ProcessorUnreachable
) -> CheckoutSession:
    """Nothing was done, as far as the processor knows. A stored answer will not change under its key."""
    async with ctx.tenant(session.business_id) as tx:
        if lost.stored:
            await checkout_sessions.mark_next_key(tx, session, next_key(session.idempotency_key))
        return await checkout_sessions.find_session(tx, session.payment_id) or session


async def _hand_out(
    ctx: Context, session: CheckoutSession, status: CheckoutStatus, origin: Origin
) -> ToPay | ToSee | None:
    """Store where the page is, before anybody gets it. Called off or not the first: nobody gets it."""
    async with ctx.tenant(session.business_id) as tx:
        ours = await checkout_sessions.mark_opened(tx, session, status.reference, status.url)
    if not ours:
        await ctx.processor.expire_session(session.account, status.reference)
        return None
    if status.page == "open" and status.url:
        return ToPay(await read_payment(ctx, session), status.url)
    return await _still_open(ctx, session, origin)


async def _still_open(ctx: Context, session: CheckoutSession, origin: Origin) -> ToPay | ToSee | None:
    """Lead to its page, if that can still be paid on, or to what was paid."""
    payment = await settle(ctx, session, origin)
    if payment.status == "started" and session.url:
        return ToPay(payment, session.url)
    if payment.status == "started":  # nobody knows where its page is: nobody may pay on it
        payment = await cancel_payment(ctx, session, origin)
    return ToSee(payment) if is_taken(payment) else None


async def _cancel_payment(
    ctx: Context, command: StartCheckout, payment_id: str, origin: Origin
) -> ToSee | None:
    """Call a payment off, unless its money is there or on its way; a voucher only where the payer wants that.

    One whose page was opened meanwhile is still there in the next round.
    """
    async with ctx.tenant(command.business.business_id) as tx:
        session = await checkout_sessions.find_session(tx, payment_id)
    if session is None:
        return None
    payment = await cancel_payment(ctx, session, origin, vouchers=command.instead)
    return ToSee(payment) if is_taken(payment) else None
