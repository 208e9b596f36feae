"""What billing asks of a payment processor, asked of each: the one in memory, and Stripe's adapter."""

import socket
from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx
import pytest
from billing.adapters.stripe_checkout import StripeCheckout
from billing.domain.checkout_request import CheckoutLine
from billing.domain.payments import CheckoutStatus
from billing.errors import AccountUnusable, ProcessorDeclined, ProcessorUnreachable
from chassis.settings.base import Secret
from portal_testing.clock import FakeClock
from starlette.responses import JSONResponse

from .counters import ACCOUNT, CLOSED, NOW, OTHER, Counter, InMemory, at_the_sandbox, page, served


@pytest.fixture(params=["in memory", "Stripe's adapter"])
async def counter(request: pytest.FixtureRequest) -> AsyncGenerator[Counter]:
    if request.param == "in memory":
        yield InMemory()
        return
    async with at_the_sandbox() as counter:
        yield counter


async def opened(counter: Counter, payment_id: str = "pa-1", key: str = "pa-1-1") -> CheckoutStatus:
    return await counter.processor.create_session(
        ACCOUNT, counter.processor.build_request(page(payment_id)), key
    )


async def test_a_page_is_open_for_the_sum_of_its_lines(counter: Counter) -> None:
    seen = await opened(counter)
    assert (seen.page, seen.paid, seen.amount, seen.currency) == ("open", False, 6200, "JPY")
    assert (seen.account, seen.failure) == (ACCOUNT, None)
    assert (seen.url or "").startswith("http")
    assert await counter.processor.retrieve_session(ACCOUNT, seen.reference) == seen


async def test_the_same_page_asks_the_same_to_the_byte(counter: Counter) -> None:
    assert counter.processor.build_request(page()) == counter.processor.build_request(page())


async def test_the_same_key_gets_the_same_page_and_another_key_another(counter: Counter) -> None:
    first, again, other = await opened(counter), await opened(counter), await opened(counter, key="pa-1-2")
    assert first.reference == again.reference != other.reference


async def test_a_page_is_found_by_its_payment_in_its_account_alone(counter: Counter) -> None:
    seen, _ = await opened(counter), await opened(counter, "pa-2", "pa-2-1")
    found = await counter.processor.find_session(ACCOUNT, "pa-1", NOW)
    assert found is not None
    assert found.reference == seen.reference
    assert await counter.processor.find_session(ACCOUNT, "pa-3", NOW) is None
    assert await counter.processor.find_session(OTHER, "pa-1", NOW) is None


@pytest.mark.parametrize("account", [ACCOUNT, OTHER])
async def test_a_page_that_is_not_there_is_declined_not_away(counter: Counter, account: str) -> None:
    seen = await opened(counter)
    reference = seen.reference if account == OTHER else "cs_absent"
    with pytest.raises(ProcessorDeclined):
        await counter.processor.retrieve_session(account, reference)


async def test_a_card_is_paid_at_once(counter: Counter) -> None:
    seen = await opened(counter)
    await counter.pay(seen.reference)
    paid = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
    assert (paid.page, paid.paid, paid.amount, paid.url, paid.failure) == ("complete", True, 6200, None, None)
    assert paid.method is not None
    assert (paid.method.type, paid.method.brand, paid.method.last4) == ("card", "visa", "4242")


async def test_a_voucher_is_complete_and_then_paid(counter: Counter) -> None:
    seen = await opened(counter)
    await counter.take_voucher(seen.reference)
    waiting = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
    assert (waiting.page, waiting.paid, waiting.failure) == ("complete", False, None)
    assert waiting.method is not None
    assert waiting.method.type == "konbini"
    await counter.pay_voucher(seen.reference)
    paid = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
    assert (paid.page, paid.paid, paid.method) == ("complete", True, waiting.method)


async def test_a_voucher_that_lapsed_failed(counter: Counter) -> None:
    seen = await opened(counter)
    await counter.take_voucher(seen.reference)
    await counter.let_voucher_lapse(seen.reference)
    lapsed = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
    assert (lapsed.page, lapsed.paid) == ("complete", False)
    assert lapsed.failure is not None
    assert lapsed.failure.retryable


@pytest.mark.parametrize("held", [False, True])
async def test_a_voucher_is_taken_back_unless_somebody_stands_at_the_till(
    counter: Counter, held: bool
) -> None:
    seen = await opened(counter)
    await counter.take_voucher(seen.reference)
    if held:
        await counter.hold_voucher(seen.reference)
    waiting = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
    for _ in range(2):
        await counter.processor.cancel_intent(ACCOUNT, waiting.intent_id or "")
        asked = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
        code = asked.failure.code if asked.failure else None
        assert (asked.page, asked.paid, code) == ("complete", False, None if held else "canceled")


async def test_a_part_of_a_charge_is_given_back_once_under_its_key(counter: Counter) -> None:
    seen = await opened(counter)
    await counter.pay(seen.reference)
    paid = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
    for _ in range(2):
        await counter.processor.refund(ACCOUNT, paid.charge_id or "", 1200, "JPY", "pa-1-surplus-1200")
    back = (await counter.processor.retrieve_session(ACCOUNT, seen.reference)).reversals
    assert [(refund.amount, refund.status) for refund in back.refunds] == [(1200, "succeeded")]


async def test_a_closed_page_is_expired_and_closing_it_again_changes_nothing(counter: Counter) -> None:
    seen = await opened(counter)
    for _ in range(2):
        await counter.processor.expire_session(ACCOUNT, seen.reference)
        closed = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
        assert (closed.page, closed.paid, closed.url) == ("expired", False, None)


async def test_a_page_whose_time_ran_out_is_expired(counter: Counter) -> None:
    seen = await opened(counter)
    await counter.run_out(seen.reference)
    assert (await counter.processor.retrieve_session(ACCOUNT, seen.reference)).page == "expired"


async def test_what_is_paid_cannot_be_closed(counter: Counter) -> None:
    seen = await opened(counter)
    await counter.pay(seen.reference)
    await counter.processor.expire_session(ACCOUNT, seen.reference)
    assert (await counter.processor.retrieve_session(ACCOUNT, seen.reference)).paid


async def test_an_account_may_be_charged_or_not(counter: Counter) -> None:
    assert await counter.processor.read_standing(ACCOUNT) == "ready"
    assert await counter.processor.read_standing(CLOSED) == "restricted"


async def test_an_account_that_may_not_be_charged_opens_no_page(counter: Counter) -> None:
    request = counter.processor.build_request(page())
    with pytest.raises(ProcessorDeclined):
        await counter.processor.create_session(CLOSED, request, "pa-1-1")
    assert await counter.processor.find_session(CLOSED, "pa-1", NOW) is None


@pytest.mark.parametrize("done", [True, False])
async def test_after_a_lost_answer_the_same_key_leads_to_the_one_page(counter: Counter, done: bool) -> None:
    await counter.lose_answer(stored=False, done=done)
    with pytest.raises(ProcessorUnreachable) as lost:
        await opened(counter)
    assert not lost.value.stored
    found = await counter.processor.find_session(ACCOUNT, "pa-1", NOW)
    assert (found is not None) is done
    again = await opened(counter)
    assert found is None or found.reference == again.reference


@pytest.mark.parametrize("done", [True, False])
async def test_a_stored_500_stays_with_its_key(counter: Counter, done: bool) -> None:
    await counter.lose_answer(stored=True, done=done)
    for _ in range(2):
        with pytest.raises(ProcessorUnreachable) as lost:
            await opened(counter)
        assert lost.value.stored
    assert ((await counter.processor.find_session(ACCOUNT, "pa-1", NOW)) is not None) is done
    assert (await opened(counter, key="pa-1-2")).page == "open"


async def test_nothing_happened_on_an_account_where_nobody_did_anything(counter: Counter) -> None:
    assert list(await counter.processor.list_events(OTHER, NOW - timedelta(days=1), NOW)) == []


async def test_what_happened_names_the_payments_oldest_first() -> None:
    async with at_the_sandbox() as counter:
        for number in (1, 2):
            seen = await opened(counter, f"pa-{number}", f"pa-{number}-1")
            await counter.pay(seen.reference)
        happened = await counter.processor.list_events(ACCOUNT, NOW, NOW + timedelta(hours=1))
        assert sorted(webhook.payment_id for webhook in happened) == ["pa-1", "pa-2"]
        assert {webhook.kind for webhook in happened} == {"checkout.session.completed"}
        assert {(webhook.account, webhook.live) for webhook in happened} == {(ACCOUNT, False)}
        assert [webhook.at for webhook in happened] == sorted(webhook.at for webhook in happened)


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("JPY", 5000), ("USD", 1250), ("KWD", 12510), ("ISK", 5000), ("UGX", 50000), ("MGA", 500000)],
)
async def test_the_processors_own_total_is_ours_in_every_currency(currency: str, amount: int) -> None:
    async with at_the_sandbox() as counter:
        wanted = page(currency=currency, lines=[CheckoutLine(label="Invoice 1", amount=amount)])
        request = counter.processor.build_request(wanted)
        seen = await counter.processor.create_session(ACCOUNT, request, "pa-1-1")
        assert (seen.amount, seen.currency) == (amount, currency)


async def test_an_amount_that_stripe_cannot_be_told_is_declined_before_it_is_asked() -> None:
    async with at_the_sandbox() as counter:
        with pytest.raises(ProcessorDeclined) as refused:
            counter.processor.build_request(
                page(currency="KWD", lines=[CheckoutLine(label="Invoice", amount=12505)])
            )
        assert refused.value.failure.code == "amount_not_payable"


async def test_an_account_that_stripe_does_not_know_is_none() -> None:
    async with at_the_sandbox() as counter:
        with pytest.raises(AccountUnusable):
            await counter.processor.create_session(
                "acct_unknown", counter.processor.build_request(page()), "pa-1-1"
            )
        assert await counter.processor.read_standing("acct_unknown") == "missing"


async def test_of_a_disconnected_account_nothing_is_told_and_nothing_is_taken_for_an_answer(
    counter: Counter,
) -> None:
    seen, processor = await opened(counter), counter.processor
    await counter.disconnect()
    assert await processor.read_standing(ACCOUNT) == "missing"
    with pytest.raises(AccountUnusable):
        await processor.retrieve_session(ACCOUNT, seen.reference)
    with pytest.raises(AccountUnusable):
        await processor.find_session(ACCOUNT, "pa-1", NOW)
    with pytest.raises(AccountUnusable):
        await processor.find_payment_id(ACCOUNT, "pi_1")
    with pytest.raises(AccountUnusable):
        await processor.list_events(ACCOUNT, NOW, NOW)
    await processor.expire_session(ACCOUNT, seen.reference)


@pytest.mark.parametrize(("mode", "page"), [("live", "expired"), ("test", None)])
async def test_a_page_of_test_mode_ended_with_the_key_of_live_mode_and_any_other_is_unknown(
    mode: str, page: str | None
) -> None:
    async with at_the_sandbox(mode) as counter:
        seen = await opened(counter)
        await counter.controls.forget(seen.reference)
        if page is None:
            with pytest.raises(ProcessorDeclined):
                await counter.processor.retrieve_session(ACCOUNT, seen.reference)
            return
        ended = await counter.processor.retrieve_session(ACCOUNT, seen.reference)
        assert (ended.page, ended.paid) == (page, False)


@pytest.mark.parametrize("prevented", [False, True])
async def test_an_inquiry_is_no_dispute_until_it_takes_the_money(prevented: bool) -> None:
    async with at_the_sandbox() as counter:
        reference = (await opened(counter)).reference
        await counter.pay(reference)
        dispute = (await counter.controls.dispute(reference, warning=True)).id
        assert not (await counter.processor.retrieve_session(ACCOUNT, reference)).reversals.disputes
        change = counter.controls.prevent_dispute if prevented else counter.controls.escalate_dispute
        await change(reference)
        (taken,) = (await counter.processor.retrieve_session(ACCOUNT, reference)).reversals.disputes
        status = "lost" if prevented else "open"
        assert (taken.status, taken.amount, taken.dispute_id) == (status, 6200, dispute)
        assert (taken.reason, taken.opened_at) == ("general", NOW)
        assert taken.respond_by is not None
        kinds = {event.kind for event in await counter.processor.list_events(ACCOUNT, NOW, NOW)}
        assert "charge.dispute.funds_withdrawn" in kinds


async def test_a_refund_of_cash_waits_for_the_payer_and_may_fail() -> None:
    async with at_the_sandbox() as counter:
        reference = (await opened(counter)).reference
        await counter.take_voucher(reference)
        await counter.pay_voucher(reference)
        paid = await counter.processor.retrieve_session(ACCOUNT, reference)
        assert (paid.live, (paid.intent_id or "")[:3], (paid.charge_id or "")[:3]) == (False, "pi_", "ch_")
        await counter.processor.refund(ACCOUNT, paid.charge_id or "", 6200, "JPY", "key")
        (waits,) = (await counter.processor.retrieve_session(ACCOUNT, reference)).reversals.refunds
        assert waits.status == "requires_action"
        await counter.controls.fail_refund(waits.refund_id)
        (failed,) = (await counter.processor.retrieve_session(ACCOUNT, reference)).reversals.refunds
        assert (failed.status, failed.ended_at) == ("failed", NOW)
        assert failed.failure_reason


async def test_the_books_show_fee_net_and_payout_of_all_that_moved() -> None:
    clock = FakeClock(NOW)
    async with at_the_sandbox(clock=clock) as counter:
        reference = (await opened(counter)).reference
        await counter.pay(reference)
        (charge,) = (await counter.processor.retrieve_session(ACCOUNT, reference)).movements
        assert (charge.kind, charge.amount, charge.fee, charge.net) == ("charge", 6200, 223, 5977)
        await counter.controls.refund(reference, 1000)
        moved = (await counter.processor.retrieve_session(ACCOUNT, reference)).movements
        assert [(line.kind, line.net) for line in moved] == [("charge", 5977), ("refund", -1000)]
        await counter.controls.advance(5 * 86_400)
        events = await counter.processor.list_events(ACCOUNT, NOW, NOW + timedelta(days=6))
        (payout,) = {event.payment_id for event in events if event.kind == "payout.paid"}
        listed = await counter.processor.list_payout(ACCOUNT, payout)
        of = {line.kind: (name, line.payout_id) for name, line in listed}
        assert of["charge"] == ("pa-1", payout)
        assert of["refund"][0].startswith("pi_")
        assert await counter.processor.find_payment_id(ACCOUNT, of["refund"][0]) == "pa-1"


async def test_an_answer_that_cannot_be_read_says_nothing_about_what_was_done() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        unreadable = JSONResponse({"id": "cs_1", "object": "checkout.session"})
        processor = StripeCheckout(Secret("sk_test_x"), url, seconds=5.0, clock=lambda: NOW)
        async with served(unreadable, taken):
            with pytest.raises(ProcessorUnreachable, match="unreadable"):
                await processor.retrieve_session(ACCOUNT, "cs_1")
            await processor.close()


@pytest.mark.parametrize(
    ("status", "headers", "stored", "try_again", "rest"),
    [
        (500, {}, True, True, None),
        (500, {"Stripe-Should-Retry": "true"}, False, True, None),
        (500, {"Stripe-Should-Retry": "false"}, True, False, None),
        (429, {"Stripe-Should-Retry": "true", "Retry-After": "7"}, False, True, 7),
        (429, {"Retry-After": "9" * 30}, False, True, 3600),
        (503, {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, True, True, None),
        (409, {"Stripe-Should-Retry": "false"}, False, False, None),
    ],
)
async def test_what_stripe_says_of_another_try_is_heard(
    status: int, headers: dict[str, str], stored: bool, try_again: bool, rest: int | None
) -> None:
    refusal = JSONResponse({"error": {"type": "api_error", "message": "busy"}}, status, headers)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        processor = StripeCheckout(Secret("sk_test_x"), url, seconds=5.0, clock=lambda: NOW)
        async with served(refusal, taken):
            with pytest.raises(ProcessorUnreachable) as lost:
                await processor.retrieve_session(ACCOUNT, "cs_1")
            await processor.close()
    said = lost.value
    assert (said.stored, said.try_again) == (stored, try_again)
    assert said.retry_after == (timedelta(seconds=rest) if rest else None)


async def test_stripes_page_and_dashboard_name_the_business_and_its_invoices() -> None:
    async with at_the_sandbox() as counter:
        seen = await opened(counter)
        async with httpx.AsyncClient(trust_env=False) as payer:
            shown = (await payer.get(seen.url or "")).text
        await counter.pay(seen.reference)
        (charge,) = (await counter.controls.books()).charges
        assert charge.description == "そらいろ清掃：請求書 2026-0001、請求書 2026-0002"
        assert "請求書 2026-0001" in shown
        assert "そらいろ清掃" in shown
