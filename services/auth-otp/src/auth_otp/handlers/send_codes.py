"""Send the codes that were asked for: only here is it asked whether an address is known.

The notifier takes each over by HTTP and knows a repeat by its challenge and number, so whatever was not heard
of to its end is done again.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from chassis.database import Transaction
from chassis.identity import find_business
from chassis.observability import Counter, LiveGauge, following, security_log, span

from auth_otp.context import Context
from auth_otp.domain.sending import Answer, CodeRequest, Drop, SendCode, decide_sending, decide_wait
from auth_otp.domain.stored_addresses import challenge_place
from auth_otp.domain.text_limits import calling_code
from auth_otp.handlers.guard_address import token_indexes
from auth_otp.handlers.watch_contacts import watch_requests
from auth_otp.store import code_requests, contacts, guard_links, sign_in_log, text_counts
from auth_otp.store.sign_in_log import EntryKind

log = structlog.get_logger(__name__)
_handed_over = Counter(
    __name__, "portal_codes_handed_over_total", "what came of codes on their way to the notifier", "outcome"
)
_oldest = LiveGauge(
    __name__, "portal_code_requests_oldest_seconds", "age of the oldest code that is due and not handed over"
)

_LIMIT: Final = 50
"""Requests a transaction."""
_AT_ONCE: Final = 25
"""Two turns of two seconds end, as a rule, before a claim of five; a code handed over twice is sent once."""
_REMEDY: Final = "give auth-otp and notifier the same NOTIFIER_KEYS, and let NTP set both their clocks"


async def send_waiting(ctx: Context) -> bool:
    """Hand over the codes that are due, any number of workers at once; whether there were any."""
    async with ctx.all_tenants() as tx:
        oldest = await code_requests.find_oldest_age(tx)
        _oldest.show(lambda: oldest)
        requests = await code_requests.claim_code_requests(tx, _LIMIT)
        decisions = list[SendCode | None]()
        for request in requests:
            with following(request.traceparent):
                decisions.append(await _decide(ctx, tx.of(request.business_id), request))
    await _settle(ctx, await _hand_over(ctx, [decision for decision in decisions if decision]))
    await watch_requests(ctx, requests)  # last: whatever goes wrong there holds no code back
    return bool(requests)


async def _decide(ctx: Context, tx: Transaction, request: CodeRequest) -> SendCode | None:
    """The code to hand over; None for a request that was dropped."""
    decision = await _decision(ctx, tx, request)
    if isinstance(decision, SendCode) and not await _may_text(ctx, tx, decision):
        decision = Drop("text_limit")
    if isinstance(decision, SendCode):
        await _keep_link(ctx, tx, decision)
        return decision
    await code_requests.forget_code_requests(tx, [request])
    await _note(ctx, tx, request, "code_dropped", decision.reason)
    _handed_over.add(outcome=decision.reason)
    log.info("code.dropped", challenge_id=request.challenge_id, reason=decision.reason)
    return None


async def _decision(ctx: Context, tx: Transaction, request: CodeRequest) -> SendCode | Drop:
    business = await find_business(tx, request.business_id)
    address = ctx.addresses.read(request.address_cipher, challenge_place(request.business_id))
    locale, guarded = None, False
    if address:
        indexes = ctx.addresses.accepted(request.business_id, address)
        locale = await contacts.find_contact_locale(tx, address.channel, indexes)
        guarded = await guard_links.find_guarded_until(tx, indexes) is not None
    pepper = ctx.settings.code_peppers.keys.get(request.pepper)
    countries = ctx.settings.sms_countries
    return decide_sending(
        request, business, address, locale, pepper=pepper, sms_countries=countries, guarded=guarded
    )


async def _keep_link(ctx: Context, tx: Transaction, decision: SendCode) -> None:
    """Keep the link of a longer code before its message can be read."""
    if decision.guard_token:
        token = token_indexes(ctx, decision.guard_token)[0]
        address = ctx.addresses.index.current(tx.business_id, decision.address.value)
        life = timedelta(seconds=ctx.settings.guarded_seconds)
        await guard_links.add_guard_link(
            tx, token, address, decision.request.address_cipher, decision.locale, life
        )


async def _may_text(ctx: Context, tx: Transaction, decision: SendCode) -> bool:
    """Whether the limits of the day allow it; a text is counted where they do."""
    if not decision.counts_as_text:
        return True
    code, known = calling_code(decision.address.value), decision.request.known_browser
    reached = await text_counts.count_text(tx, code, ctx.settings, known_browser=known)
    if reached:
        security_log.report("text_limit", business_id=tx.business_id, limit=reached, calling_code=code)
    return reached is None


async def _note(
    ctx: Context, tx: Transaction, request: CodeRequest, kind: EntryKind, detail: str = ""
) -> None:
    address = ctx.addresses.read(request.address_cipher, challenge_place(request.business_id))
    if address:
        index = ctx.addresses.index.current(request.business_id, address.value)
        await sign_in_log.add_entry(tx, kind, index, detail)


async def _hand_over(ctx: Context, codes: Sequence[SendCode]) -> list[tuple[CodeRequest, Answer]]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(code: SendCode) -> tuple[CodeRequest, Answer]:
        async with places:
            with span("hand over sign_in_code", parent=code.request.traceparent):
                return code.request, await ctx.courier.hand_over(code)

    return await asyncio.gather(*map(one, codes))


async def _settle(ctx: Context, answers: Sequence[tuple[CodeRequest, Answer]]) -> None:
    """Delete what is settled, and let the rest be claimed again."""
    waits = [(request, decide_wait(answer, request.tries)) for request, answer in answers]
    async with ctx.all_tenants() as tx:
        await code_requests.forget_code_requests(tx, [request for request, wait in waits if wait is None])
        await code_requests.mark_postponed(tx, [(request, wait) for request, wait in waits if wait])
        for request, answer in answers:
            if answer == "accepted" and not request.is_news:
                sending = f"{request.challenge_id}-{request.send_number}"
                await _note(ctx, tx.of(request.business_id), request, "code_sent", sending)
    for request, answer in answers:
        _handed_over.add(outcome=answer)
        event = "code.handed_over" if answer == "accepted" else "code.not_handed_over"
        with following(request.traceparent):
            log.info(event, challenge_id=request.challenge_id, tries=request.tries, answer=answer)
    if any(answer == "unauthorised" for _, answer in answers):
        log.error("code.unauthorised", remedy=_REMEDY)
