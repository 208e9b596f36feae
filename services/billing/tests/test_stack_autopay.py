"""Autopay on real servers: nobody is charged before they were told, nor twice, nor after they said stop."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from billing.domain.autopay import stream_of
from billing.handlers.operate_autopay import (
    SwitchOffByHand,
    list_autopays,
    read_autopays,
    switch_off_by_hand,
)
from billing.handlers.pay_automatically import pay_automatically
from chassis.words.languages import AUTOPAY_TERMS
from httpx import Response
from msgspec.structs import replace as with_fields
from servicehub_events import (
    Autopay,
    Contact,
    Customer,
    CustomerErased,
    CustomerRevised,
    Envelope,
    Failure,
    InvoiceVoided,
    Message,
    MessageFailed,
    MessageSent,
    PortalDisabled,
    PortalEnabled,
    as_event,
)
from servicehub_events_tools.testing import samples

from .billing_world import BUSINESS, CONTACT, CUSTOMER, World, invoice
from .fake_vaults import kept_card
from .portal_browser import SLUG, Browser, Flash, problem, where

pytestmark = pytest.mark.stack
ZONE = ZoneInfo(BUSINESS.time_zone)
HARD = Failure(code="authentication_required", retryable=False)
SOFT = Failure(code="insufficient_funds", retryable=True)
KEPT = as_event(PortalEnabled, BUSINESS, saved_cards=True)
TOTAL = samples.invoice().total
WHO: Contact = CUSTOMER.contacts[0]


def told_now(world: World, message: Message) -> Envelope:
    """The record of a message, at the time of the test's clock."""
    return with_fields(world.envelope(message), time=world.clock.now)


class Payer:
    """The customer's browser with one kept card, and the days that pass."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.world = browser, browser.world

    async def switch_on(self, card: str = "pm_1", terms: str = AUTOPAY_TERMS) -> Response:
        body = {"card": card, "terms": terms, "locale": "en"}
        return await self.browser.http.post(f"/billing/{SLUG}/autopay", data=body)

    async def switch_off(self) -> Response:
        await self.sign_in()
        return await self.browser.http.post(f"/billing/{SLUG}/autopay/off", data={})

    async def sign_in(self) -> None:
        """A session of now: days have passed, and on a busy machine some seconds."""
        await self.world.begin()
        self.browser.sign_in(self.world.token())

    async def billed(self, *invoice_ids: str, due_in: int = 5) -> None:
        """New invoices, due in so many days."""
        today = self.world.clock.now.astimezone(ZONE).date()
        for invoice_id in invoice_ids:
            due = today + timedelta(days=due_in)
            await self.world.know(invoice(invoice_id, issued_on=today, due_on=due), business=KEPT)
        await self.world.work(seconds=1)

    async def until(self, days: int, hour: int = 10, minute: int = 1) -> None:
        """So many days later, at this time where the business is."""
        day = self.world.clock.now.astimezone(ZONE).date() + timedelta(days=days)
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
        self.world.clock.now = at.astimezone(UTC)
        await self.world.work()

    async def told(self, kind: type[MessageSent | MessageFailed] = MessageSent, by: str = "") -> None:
        """The notifier hands over the newest notice, or could not."""
        rows = await self.world.rows(
            "SELECT event_id FROM events WHERE type LIKE '%AutopayAnnounced%' ORDER BY version DESC LIMIT 1"
        )
        message = as_event(
            kind,
            samples.message(),
            kind=by or "autopay_notice",
            customer_id=CUSTOMER.customer_id,
            contact_id=CONTACT,
            message_id=f"m-{self.world.clock.now.timestamp()}",
            caused_by=str(rows[0][0]),
            error="mailbox_unavailable" if kind is MessageFailed else None,
        )
        await self.world.apply(told_now(self.world, message))
        await self.world.work()

    async def told_in_time(self) -> None:
        """Due in five days: the notice leaves in three."""
        await self.until(3)
        await self.told()

    async def state(self) -> Autopay:
        async with self.world.worker.tenant(BUSINESS.business_id) as tx:
            _, state = await self.world.worker.events.latest(tx, stream_of(CUSTOMER.customer_id), Autopay)
        assert state is not None
        return state

    @property
    def charges(self) -> list[int]:
        return [amount for _, amount in self.world.processor.charges]


@pytest.fixture
async def payer(browser: Browser) -> AsyncGenerator[Payer]:
    """Autopay is on."""
    await browser.world.apply(KEPT, version=2)
    await browser.add_card()
    browser.world.vaults.kept["acct_1", "cus_1"] += [kept_card("pm_1"), kept_card("pm_2", last4="4444")]
    payer = Payer(browser)
    await payer.switch_on()
    assert browser.flash() == Flash("autopay_on", {})
    yield payer


async def test_a_new_invoice_is_charged_once_on_its_due_day_after_the_notice(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    assert payer.charges == []
    await payer.until(2, 9, 0)
    assert payer.charges == []
    await payer.until(0)
    await payer.until(0, 12)
    assert payer.charges == [TOTAL]
    (payment,) = await payer.world.payments("in-1")
    assert (payment.status, payment.autopay, payment.contact_id) == ("captured", True, CONTACT)
    assert payment.receipt is not None
    assert (await payer.state()).charges == ()
    assert await payer.world.held() == []


async def test_nobody_is_charged_whose_notice_was_not_handed_over(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.until(3)
    await payer.told(MessageFailed)
    await payer.told(by="receipt")
    for _ in range(12):
        await payer.until(1)
    assert payer.charges == []
    (charge,) = (await payer.state()).charges
    assert (charge.status, charge.failure and charge.failure.code) == ("ended", "notice_failed")


async def test_an_invoice_from_before_is_left_to_its_payer(browser: Browser) -> None:
    payer = Payer(browser)
    await payer.billed("in-1")
    await browser.add_card()
    browser.world.vaults.kept["acct_1", "cus_1"].append(kept_card("pm_1"))
    payer.world.clock.pass_time(seconds=60)
    await payer.switch_on()
    for _ in range(6):
        await payer.until(1)
    assert (await payer.state()).charges == ()


async def test_what_was_agreed_to_is_in_the_event(payer: Payer) -> None:
    state = await payer.state()
    assert (state.status, state.contact_id, state.card.last4) == ("on", CONTACT, "4242")
    assert (state.consent.terms, state.consent.locale) == (AUTOPAY_TERMS, "en")


@pytest.mark.parametrize(
    ("card", "terms", "code"),
    [
        ("pm_2", AUTOPAY_TERMS, "autopay_is_on"),
        ("pm_9", AUTOPAY_TERMS, "card_unknown"),
        ("pm_1", "older", "autopay_terms_changed"),
    ],
)
async def test_what_cannot_be_agreed_to_changes_nothing(
    payer: Payer, card: str, terms: str, code: str
) -> None:
    before = await payer.state()
    await payer.switch_on(card, terms)
    flash = payer.browser.flash()
    assert flash and flash.code == code
    assert await payer.state() == before


async def test_nobody_but_a_payer_switches_it(payer: Payer) -> None:
    only_sees = as_event(CustomerRevised, CUSTOMER, contacts=(with_fields(WHO, roles=("invoices",)),))
    stranger = Browser(payer.world, signed_in=False)
    answer = await stranger.http.post(f"/billing/{SLUG}/autopay/off", json={})
    assert problem(answer)[0] == 401
    assert (await payer.state()).status == "on"
    await payer.world.apply(only_sees, version=9)
    answer = await payer.browser.http.post(f"/billing/{SLUG}/autopay/off", json={})
    assert problem(answer) == (403, "pay_not_allowed")
    await stranger.http.aclose()


async def test_off_is_at_once(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.switch_off()
    assert payer.browser.flash() == Flash("autopay_off", {})
    for _ in range(4):
        await payer.until(1)
    assert payer.charges == []
    assert (await payer.state()).end is not None
    await payer.switch_off()
    assert payer.browser.flash() == Flash("autopay_off", {})


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (as_event(PortalDisabled, KEPT, enabled=False, generation=2), "portal_off"),
        (as_event(PortalEnabled, KEPT, stripe_account="acct_2"), "account_changed"),
        (as_event(PortalEnabled, KEPT, saved_cards=False), "cards_off"),
        (as_event(CustomerRevised, CUSTOMER, portal_access=False), "access_off"),
        (as_event(CustomerRevised, CUSTOMER, contacts=()), "contact_left"),
        (CustomerErased(business_id=BUSINESS.business_id, customer_id=CUSTOMER.customer_id), "contact_left"),
    ],
)
async def test_it_goes_off_with_its_ground(payer: Payer, what: Customer, reason: str) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.world.apply(what, version=20)
    await payer.until(2)
    assert payer.charges == []
    state = await payer.state()
    assert (state.status, state.end and state.end.reason) == ("off", reason)


async def test_who_removes_the_card_switches_it_off_and_another_card_leaves_it_on(payer: Payer) -> None:
    await payer.browser.remove_card("pm_2")
    assert (await payer.state()).status == "on"
    await payer.browser.remove_card("pm_1")
    state = await payer.state()
    assert (state.status, state.end and state.end.reason) == ("off", "card_removed")


async def test_a_voided_invoice_is_not_charged(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.world.apply(as_event(InvoiceVoided, invoice("in-1"), status="void"), version=30)
    await payer.until(2)
    assert payer.charges == []
    assert (await payer.state()).charges == ()


async def test_beside_an_open_page_nothing_is_charged_and_the_page_takes_the_money(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.until(2, 9, 50)
    payment = await payer.world.started("in-1")
    await payer.until(0)
    assert payer.charges == []
    payer.world.processor.pay(payer.world.processor.reference_of(payment.payment_id))
    await payer.world.work(minutes=6)
    assert payer.charges == [TOTAL]
    await payer.until(0, 18)
    assert payer.charges == [TOTAL]


async def test_once_the_open_page_has_run_out_the_card_is_charged_that_day(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.until(2, 9, 50)
    payment = await payer.world.started("in-1")
    await payer.until(0)
    payer.world.processor.run_out(payer.world.processor.reference_of(payment.payment_id))
    await payer.world.work(minutes=30)
    await payer.world.work(minutes=6)
    assert payer.charges == [TOTAL]


async def test_who_clicks_while_the_card_is_being_charged_pays_nothing_more(payer: Payer) -> None:
    world = payer.world
    await payer.billed("in-1")
    await payer.told_in_time()
    clicked: list[str] = []

    async def click(point: str) -> None:
        await payer.sign_in()
        clicked.append(where(await payer.browser.pay("in-1")))

    world.charges.hook = click
    await payer.until(2)
    assert len(clicked) == 2
    assert not any("pay.example" in url for url in clicked)
    assert payer.browser.flash() != Flash("not_signed_in", {})
    assert payer.charges == [TOTAL]
    assert world.processor.payable() == []


async def test_off_while_the_card_is_being_charged_lets_that_one_end(payer: Payer) -> None:
    async def off(point: str) -> None:
        await payer.switch_off()

    await payer.billed("in-1", "in-2")
    await payer.until(3)
    for _ in range(2):
        await _tell_all(payer)
    payer.world.charges.hook = off
    await payer.until(2)
    await payer.until(0, 12)
    assert payer.charges == [TOTAL], "the one that had begun; the other never began"
    assert (await payer.state()).status == "off"


async def _tell_all(payer: Payer) -> None:
    rows = await payer.world.rows("SELECT event_id FROM events WHERE type LIKE '%AutopayAnnounced%'")
    for number, (event_id,) in enumerate(rows):
        message = as_event(
            MessageSent,
            samples.message(),
            kind="autopay_notice",
            customer_id=CUSTOMER.customer_id,
            message_id=f"m-{number}",
            caused_by=str(event_id),
            error=None,
        )
        await payer.world.apply(told_now(payer.world, message))


async def test_two_workers_at_once_charge_once(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    world = payer.world
    day = world.clock.now.astimezone(ZONE).date() + timedelta(days=2)
    world.clock.now = datetime(day.year, day.month, day.day, 10, 1, tzinfo=ZONE).astimezone(UTC)
    await world.rows("UPDATE autopays SET next_look_at = now() - interval '1 day' RETURNING 1")

    async def late_look(point: str) -> None:  # the other worker looks again while the first one charges
        await world.rows("UPDATE autopays SET next_look_at = now() - interval '1 day' RETURNING 1")
        await pay_automatically(world.worker)

    world.charges.hook = late_look
    await asyncio.gather(*(pay_automatically(world.worker) for _ in range(2)))
    await world.work(minutes=1)
    assert payer.charges == [TOTAL]


async def test_a_worker_that_is_killed_between_charge_and_record_charged_once(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.lost = True
    await payer.until(2)
    (payment,) = await payer.world.payments("in-1")
    assert payment.status == "started"
    assert payer.charges == [TOTAL]
    payer.world.charges.lost = False
    await payer.world.work(minutes=2)
    (payment,) = await payer.world.payments("in-1")
    assert (payment.status, payer.charges) == ("captured", [TOTAL])


async def test_a_charge_that_never_reached_the_processor_is_made_later_that_day(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.unmade = True
    await payer.until(2)
    payer.world.charges.unmade = False
    await payer.world.work(minutes=5)
    assert payer.charges == []
    await payer.world.work(minutes=20)
    await payer.world.work(minutes=6)
    assert payer.charges == [TOTAL]


async def test_declines_are_tried_three_times_and_then_left_to_the_payer(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.declines += [SOFT, SOFT, SOFT]
    await payer.until(2)
    for _ in range(10):
        await payer.until(1)
    assert payer.charges == []
    assert (await payer.world.events()).count("AutopayDeclined") == 3
    assert len(await payer.world.payments("in-1")) == 3
    assert await payer.world.held() == []
    assert (await payer.world.started("in-1")).amount == TOTAL


async def test_another_try_brings_the_money(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.declines.append(SOFT)
    await payer.until(2)
    await payer.until(2)
    assert payer.charges == []
    await payer.until(1)
    assert payer.charges == [TOTAL]
    assert (await payer.state()).charges == ()


@pytest.mark.parametrize("moment", ["charge", "charged"])
async def test_a_decline_of_what_had_begun_when_it_was_switched_off_is_told(
    payer: Payer, moment: str
) -> None:
    """Off before the answer is known, and off after the payment failed, before autopay is looked at again."""

    async def off(point: str) -> None:
        if point == moment:
            await payer.switch_off()

    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.declines.append(HARD)
    payer.world.charges.hook = off
    await payer.until(2)
    assert payer.charges == []
    state = await payer.state()
    assert (await payer.world.events()).count("AutopayDeclined") == 1
    assert (state.status, [(charge.status, charge.tries) for charge in state.charges]) == (
        "off",
        [("ended", 1)],
    )
    assert await payer.world.held() == []


async def test_off_between_a_decline_and_the_next_look_tells_it(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.declines.append(HARD)
    at = payer.world.clock.now + timedelta(days=2)
    payer.world.clock.now = at
    await pay_automatically(payer.world.worker)
    assert (await payer.world.events()).count("AutopayDeclined") == 0
    await payer.switch_off()
    assert (await payer.world.events()).count("AutopayDeclined") == 1


async def test_a_charge_whose_answer_was_lost_tells_of_its_decline_after_off(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payer.world.charges.declines.append(SOFT)
    payer.world.charges.lost = True
    await payer.until(2)
    await payer.switch_off()
    payer.world.charges.lost = False
    await payer.world.work(minutes=2)
    assert (await payer.world.events()).count("AutopayDeclined") == 1
    for _ in range(6):
        await payer.until(1)
    assert payer.charges == []


@pytest.mark.parametrize("days", [3, 5])
async def test_a_card_that_was_removed_at_the_processor_ends_it(payer: Payer, days: int) -> None:
    """Before anybody is told of a day, and on that day."""
    await payer.billed("in-1")
    if days == 5:
        await payer.told_in_time()
    payer.world.vaults.kept["acct_1", "cus_1"].clear()
    await payer.until(3 if days == 3 else 2)
    state = await payer.state()
    assert (state.status, state.end and state.end.reason) == ("off", "card_removed")
    assert (await payer.world.events()).count("AutopayAnnounced") == (days == 5)
    assert payer.charges == []
    assert await payer.world.payments("in-1") == []


async def test_a_processor_that_is_away_takes_nobody_for_removed(payer: Payer) -> None:
    await payer.billed("in-1")
    payer.world.vaults.away = True
    await payer.until(3)
    payer.world.vaults.away = False
    await payer.until(0, 11)
    assert (await payer.state()).charges[0].status == "announced"


async def test_an_account_that_is_gone_for_days_ends_it_and_tells_nobody_of_a_day(payer: Payer) -> None:
    await payer.billed("in-1")
    payer.world.processor.unconnected.add("acct_1")
    for _ in range(6):
        await payer.until(1)
        await payer.until(0, 12)
    state = await payer.state()
    assert (state.status, state.end and state.end.reason) == ("off", "account_gone")
    assert (await payer.world.events()).count("AutopayAnnounced") == 0
    assert payer.charges == []


async def test_an_invoice_that_asks_for_more_after_the_notice_is_not_charged_untold(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.until(2, 9, 0)
    today = payer.world.clock.now.astimezone(ZONE).date()
    more = with_fields(samples.invoice().lines[0], amount=samples.invoice().lines[0].amount)
    dearer = invoice("in-1", issued_on=today, due_on=today, total=TOTAL + 1, lines=(more,))
    await payer.world.revise(dearer, version=30)
    await payer.until(0)
    assert payer.charges == []
    (charge,) = (await payer.state()).charges
    assert (charge.status, charge.amount) == ("announced", TOTAL + 1)


async def test_an_invoice_that_went_to_another_customer_is_not_charged(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    await payer.world.revise(invoice("in-1", customer_id="cu-other"), version=30)
    await payer.until(2)
    assert payer.charges == []
    assert await payer.world.payments("in-1") == []


async def test_an_operator_sees_it_and_switches_it_off_by_name_and_reason(payer: Payer) -> None:
    worker, at = payer.world.worker, BUSINESS.business_id
    await payer.billed("in-1")
    await payer.told_in_time()
    (known,) = await list_autopays(worker, at, limit=10)
    assert (known.customer_id, known.contact_id) == (CUSTOMER.customer_id, CONTACT)
    for named in (CUSTOMER.customer_id, CONTACT, "in-1"):
        (file,) = await read_autopays(worker, named, "")
        assert (file.state.status, file.state.charges[0].status) == ("on", "confirmed")
    assert await read_autopays(worker, "in-absent", "") == []
    assert await read_autopays(worker, "in-1", "b-other") == []
    command = SwitchOffByHand(at, CUSTOMER.customer_id, "Aiko", "asked by phone")
    off = await switch_off_by_hand(worker, command)
    assert off
    end, step = off.state.end, off.steps[-1]
    assert end
    assert (end.reason, end.by, end.why) == ("operator", "Aiko", "asked by phone")
    assert (type(step.state).__name__, step.event.actor) == ("AutopaySwitchedOff", "operator:Aiko")
    assert await switch_off_by_hand(worker, command) is None
    await payer.until(2)
    assert payer.charges == []


async def test_who_pays_a_part_by_hand_is_charged_the_rest_and_no_more(payer: Payer) -> None:
    await payer.billed("in-1")
    await payer.told_in_time()
    payment = await payer.world.started("in-1")
    payer.world.processor.pay(payer.world.processor.reference_of(payment.payment_id))
    await payer.world.work(minutes=6)
    await payer.until(2)
    await payer.until(0, 18)
    assert payer.charges == [TOTAL], "by hand, and never again"
    assert (await payer.state()).charges == ()
