"""Paying by a link, without signing in: one invoice, once, until the link is over; and nothing on a GET."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from billing.domain.pay_links import LIFE
from billing.handlers.end_pay_links import EndPayLinks, end_pay_links
from chassis.pay_links import PayLink, sign_pay_link
from chassis.settings import KeyRing
from chassis.web import service_token
from servicehub_events import (
    BrandingRevised,
    CustomerErased,
    CustomerRevised,
    InvoiceVoided,
    Payment,
    PortalDisabled,
    PortalEnabled,
    as_event,
)

from .billing_world import BUSINESS, CONTACT, CUSTOMER, World, invoice
from .portal_browser import SLUG, Browser, Flash, where

pytestmark = pytest.mark.stack

PLAIN: dict[str, Any] = {"deposit": None, "partial_payment": None}


class Link:
    """A browser that nobody is signed in with, and the link of a mail."""

    def __init__(self, world: World, token: str) -> None:
        self.world, self.token = world, token
        self.browser = Browser(world, signed_in=False)

    @property
    def page(self) -> str:
        """Where the link leads."""
        return f"/portal/{SLUG}/pay/{self.token}"

    async def pay(self, **fields: str) -> httpx.Response:
        """Press the page's button."""
        return await self.browser.http.post(f"/billing/{SLUG}/pay-links", data={"link": self.token, **fields})

    async def ask(self, path: str = "", **fields: str) -> httpx.Response:
        """What portal-read asks."""
        keys, now = self.world.settings.billing_keys, self.world.clock.now
        headers = {
            "Authorization": service_token.authorization(
                keys, caller="portal-read", audience="billing", now=now
            )
        }
        body = {"business_id": BUSINESS.business_id, "link": self.token, **fields}
        return await self.world.browser().post(f"/internal/pay-links{path}", json=body, headers=headers)

    async def offer(self) -> Any:
        """What its page says; None for a page that says nothing."""
        answer = await self.ask()
        return answer.json()["offer"] if answer.status_code == 200 else None

    async def opens_nothing(self) -> None:
        """No page says anything, and no post begins anything."""
        before = await self.world.events()
        assert await self.offer() is None
        assert where(await self.pay()) == self.page
        assert self.browser.flash() == Flash("pay_link_closed", {})
        assert await self.world.events() == before


def link_of(world: World, invoice_id: str = "in-1", **changes: Any) -> Link:
    """A link as the notifier would sign it now."""
    business_id, keys = changes.pop("business_id", BUSINESS.business_id), changes.pop("keys", None)
    fields: dict[str, Any] = {
        "invoice_id": invoice_id,
        "contact_id": CONTACT,
        "generation": BUSINESS.generation,
        "issued_at": int(world.clock.now.timestamp()),
        **changes,
    }
    return Link(world, sign_pay_link(keys or world.settings.pay_link_keys, business_id, PayLink(**fields)))


@pytest.fixture
async def link(world: World) -> Link:
    """The customer has two invoices, and a link for the first."""
    await world.know(invoice("in-1", **PLAIN), invoice("in-2", **PLAIN))
    return link_of(world)


async def payment_of(link: Link) -> Payment:
    """The one payment that was begun by it."""
    (payment,) = await link.world.payments("in-1")
    return payment


async def test_a_link_pays_its_invoice_without_a_session_and_tells_what_became_of_it(link: Link) -> None:
    world = link.world
    onward = where(await link.pay(locale="ja"))
    payment = await payment_of(link)
    reference = world.processor.reference_of(payment.payment_id)
    assert onward == f"https://pay.example/{reference}"
    assert (payment.contact_id, payment.amount) == (CONTACT, invoice("in-1").total)
    world.processor.pay(reference)
    assert where(await link.browser.come_back(payment.payment_id)) == (
        f"/portal/{SLUG}/paid/{payment.payment_id}"
    )
    told = (await link.ask("/payment", payment_id=payment.payment_id)).json()
    assert (told["number"], told["opens"]) == ("2026-0001", False)
    assert told["payment"]["status"] == "captured"
    await link.opens_nothing()


async def test_to_look_at_a_link_asks_nobody_and_writes_nothing(link: Link) -> None:
    world = link.world
    world.processor.away = True  # whoever asks is told so, and fails
    asked = list(world.processor.asked)
    assert await link.offer() == {
        "number": "2026-0001",
        "amount": invoice("in-1").total,
        "currency": "JPY",
        "due_on": "2026-12-20",
        "deposit": False,
    }
    assert world.processor.asked == asked
    assert world.processor.pages == {}
    assert await world.events() == []
    assert await world.held() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
async def test_the_address_that_a_button_posts_to_does_nothing_otherwise(link: Link, method: str) -> None:
    answer = await link.browser.http.request(method, f"/billing/{SLUG}/pay-links?link={link.token}")
    assert answer.status_code == 405
    assert await link.world.events() == []


async def test_however_many_tabs_and_clicks_there_is_one_payment_also_with_one_who_is_signed_in(
    link: Link,
) -> None:
    world = link.world
    signed_in = Browser(world)
    answers = await asyncio.gather(
        *(link.pay() for _ in range(3)), *(signed_in.pay("in-1") for _ in range(3))
    )
    assert len({where(answer) for answer in answers}) == 1
    assert (await world.events()).count("PaymentStarted") == 1
    assert len(world.processor.payable()) == 1


async def test_a_link_of_one_invoice_opens_no_other(link: Link) -> None:
    """Not by the signature of another link, nor by a field that names another invoice."""
    world = link.world
    other = link_of(world, "in-2")
    forged = Link(world, f"{other.token.rpartition('.')[0]}.{link.token.rpartition('.')[2]}")
    assert (await forged.ask()).status_code == 404
    await forged.opens_nothing()
    await link.pay(invoice_id="in-2", pay="amount", amount="1")
    assert await world.payments("in-2") == []
    assert [part.invoice_id for part in (await payment_of(link)).allocations] == ["in-1"]


async def test_what_was_signed_for_another_business_by_a_key_or_for_nobody_is_no_link(link: Link) -> None:
    world = link.world
    strange = KeyRing("k1", {"k1": bytes(range(32))})
    for other in (
        link_of(world, business_id="b-2"),
        link_of(world, keys=strange),
        link_of(world, "in-absent"),
        Link(world, link.token[:-2]),
        Link(world, "x"),
    ):
        assert (await other.ask()).status_code == 404
        await other.opens_nothing()


async def test_a_link_of_another_contact_or_of_none_opens_nothing(link: Link) -> None:
    await link_of(link.world, contact_id="co-absent").opens_nothing()


async def test_a_link_has_an_end(link: Link) -> None:
    link.world.clock.pass_time(days=LIFE.days - 1)
    assert await link.offer()
    link.world.clock.pass_time(days=1)
    await link.opens_nothing()


async def test_a_link_dies_with_its_invoice(link: Link) -> None:
    await link.world.apply(as_event(InvoiceVoided, invoice("in-1", **PLAIN), status="void"))
    await link.opens_nothing()


async def test_a_link_dies_with_its_customer(link: Link) -> None:
    await link.world.apply(as_event(CustomerErased, CUSTOMER))
    await link.opens_nothing()


async def test_a_link_dies_with_the_right_to_pay(link: Link) -> None:
    contacts = tuple(
        type(contact)(contact_id=contact.contact_id, name=contact.name, roles=("visits", "invoices"))
        for contact in CUSTOMER.contacts
    )
    await link.world.apply(as_event(CustomerRevised, CUSTOMER, contacts=contacts))
    await link.opens_nothing()


async def test_a_link_does_not_come_back_with_access_that_does(link: Link) -> None:
    world = link.world
    world.clock.pass_time(seconds=1)
    off = as_event(CustomerRevised, CUSTOMER, portal_access=False)
    await world.apply(off, as_event(CustomerRevised, CUSTOMER))  # in one batch
    await link.opens_nothing()
    world.clock.pass_time(seconds=1)
    assert await link_of(world).offer()


async def test_a_link_does_not_come_back_with_a_portal_that_does(link: Link) -> None:
    generation = BUSINESS.generation + 1
    off = as_event(PortalDisabled, BUSINESS, enabled=False, generation=generation)
    await link.world.apply(off)
    await link.opens_nothing()
    await link.world.apply(as_event(PortalEnabled, off, enabled=True))
    await link.opens_nothing()
    assert await link_of(link.world, generation=generation).offer()


@pytest.mark.parametrize("changes", [{"pay_links": False}, {"second_proof_to_pay": True}])
async def test_a_business_that_wants_more_than_a_mail_is_not_paid_by_one(
    link: Link, changes: dict[str, bool]
) -> None:
    await link.world.apply(as_event(BrandingRevised, BUSINESS, **changes))
    await link.opens_nothing()


async def test_an_account_that_cannot_be_charged_is_no_dead_button(link: Link) -> None:
    assert BUSINESS.stripe_account is not None
    link.world.processor.disabled.add(BUSINESS.stripe_account)
    await link.world.work()
    assert await link.offer() is None


@pytest.mark.parametrize(
    ("scope", "id_", "others"),
    [
        ("business", BUSINESS.business_id, []),
        ("customer", CUSTOMER.customer_id, []),
        ("customer", "cu-other", ["in-1", "in-2"]),
        ("invoice", "in-1", ["in-2"]),
    ],
)
async def test_links_are_ended_by_business_by_customer_and_by_invoice(
    link: Link, scope: Any, id_: str, others: list[str]
) -> None:
    world = link.world
    both = {"in-1": link, "in-2": link_of(world, "in-2")}
    assert await end_pay_links(world.worker, EndPayLinks(BUSINESS.business_id, scope, id_))
    assert [invoice_id for invoice_id, one in both.items() if await one.offer()] == others
    world.clock.pass_time(seconds=1)
    assert await link_of(world).offer()


async def test_an_operator_ends_links_and_lists_what_was_ended(link: Link) -> None:
    world, business = link.world, ("--business", BUSINESS.business_id)
    code, said, _ = await world.portal("billing", "pay-links", "revoke", *business, "--invoice", "in-1")
    assert (code, "invoice in-1" in said) == (0, True)
    await link.opens_nothing()
    code, said, _ = await world.portal("billing", "pay-links", "list", *business, "--json")
    assert (code, '"scope":"invoice"' in said.replace(" ", "")) == (0, True)
    code, _, said = await world.portal("billing", "pay-links", "revoke", "--business", "b-absent")
    assert (code, "b-absent" in said) == (1, True)
    code, _, _ = await world.portal(
        "billing", "pay-links", "revoke", *business, "--invoice", "in-1", "--customer", "cu-1"
    )
    assert code == 2


async def test_an_end_is_forgotten_once_the_links_that_it_ended_are_too_old(link: Link) -> None:
    await end_pay_links(link.world.worker, EndPayLinks(BUSINESS.business_id, "invoice", "in-1"))
    await link.world.keep_up(days=LIFE.days)
    assert await link.world.rows("SELECT count(*) FROM ended_pay_links") == [(1,)]
    await link.world.keep_up(days=2)
    assert await link.world.rows("SELECT count(*) FROM ended_pay_links") == [(0,)]


async def test_a_page_that_a_link_opens_offers_nobodys_cards_and_keeps_none(world: World) -> None:
    business = as_event(PortalEnabled, BUSINESS, saved_cards=True)
    await world.know(invoice("in-1", **PLAIN), business=business)
    signed_in = Browser(world)
    await signed_in.pay("in-1", keep="1")  # the contact's own page, with a vault of cards
    (first,) = world.processor.payable()
    link = link_of(world)
    assert where(await link.pay(keep="1")) != f"https://pay.example/{first}"
    sessions = await world.rows("SELECT vault, keeps_card FROM checkout_sessions ORDER BY started_at, vault")
    assert sorted(bool(vault) for vault, _ in sessions) == [False, True]
    assert world.processor.payable() != [first]
    assert len(world.processor.payable()) == 1


async def test_who_comes_back_without_having_paid_is_on_the_page_of_the_link(link: Link) -> None:
    await link.pay()
    payment = await payment_of(link)
    assert where(await link.browser.come_back(payment.payment_id, left=True)) == link.page
    assert link.browser.flash() == Flash("pay_not_finished", {})


async def test_another_browser_is_told_nothing_of_a_payment(link: Link) -> None:
    await link.pay()
    payment = await payment_of(link)
    stranger = Browser(link.world, signed_in=False)
    assert (
        where(await stranger.come_back(payment.payment_id)) == f"/portal/{SLUG}/result/{payment.payment_id}"
    )
    assert stranger.flash() == Flash("pay_signed_out", {})


async def test_the_contact_who_is_signed_in_sees_their_own_result(link: Link) -> None:
    link.browser.sign_in(link.world.token())
    await link.pay()
    payment = await payment_of(link)
    link.world.processor.pay(link.world.processor.reference_of(payment.payment_id))
    assert where(await link.browser.come_back(payment.payment_id)) == (
        f"/portal/{SLUG}/result/{payment.payment_id}"
    )


async def test_a_payment_of_more_than_the_invoice_of_the_link_is_nobodys_to_see_by_it(link: Link) -> None:
    world = link.world
    await world.started("in-1", "in-2")
    (payment,) = await world.payments("in-1")
    world.processor.begin_slowly(world.processor.reference_of(payment.payment_id))
    assert where(await link.pay()) == link.page
    assert link.browser.flash() == Flash("pay_nothing_due", {})
    assert (await link.ask("/payment", payment_id=payment.payment_id)).status_code == 404
    other = link_of(world, "in-2")
    assert (await other.ask("/payment", payment_id=payment.payment_id)).status_code == 404


async def test_a_silent_processor_leads_back_to_the_page_of_the_link(link: Link) -> None:
    link.world.processor.away = True
    assert where(await link.pay()) == link.page
    assert link.browser.flash() == Flash("pay_unavailable", {})


async def test_whoever_posts_too_often_waits_and_others_do_not(world: World) -> None:
    await world.know(invoice("in-1", **PLAIN))
    limit = world.settings.pay_link_posts_per_minute
    guesser = Link(world, "x")
    for _ in range(limit):
        await guesser.pay()
    assert guesser.browser.flash() == Flash("pay_link_closed", {})
    await guesser.pay()
    assert guesser.browser.flash() == Flash("slow_down", {"seconds": "60"})
    assert where(await link_of(world).pay()).startswith("https://pay.example/")


async def test_a_link_is_nowhere_in_the_database(link: Link) -> None:
    await link.pay()
    payment = await payment_of(link)
    link.world.processor.pay(link.world.processor.reference_of(payment.payment_id))
    await link.browser.come_back(payment.payment_id)
    tables = await link.world.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )
    signature = link.token.rpartition(".")[2]
    for (table,) in tables:
        rows = await link.world.rows(f"SELECT t::text FROM {table} t")
        assert not any(signature in str(row) for row in rows), table


def test_a_life_is_longer_than_most_invoices_stay_open() -> None:
    assert timedelta(days=60) <= LIFE
