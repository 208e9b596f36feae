"""The pay page: one payment whatever happens at once, declines, konbini, and what it shows."""

import asyncio

import httpx
import pytest
import stripe
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import Running
from stand_in_stripe.cards import DECLINES
from stand_in_stripe.currencies import money
from stand_in_stripe.payer_pages import WORDS
from stripe_orders import CANCEL_URL, HIKARI, SPARKLE, order, yen_order

CARD = {
    "method": "card",
    "email": "payer@mail.example",
    "name": "Payer",
    "card": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
}


async def opened(running: Running, **more: object) -> str:
    sessions = running.client().v1.checkout.sessions
    return (await sessions.create_async(order(**more), {"stripe_account": SPARKLE})).id


async def opened_in_yen(running: Running, **more: object) -> str:
    sessions = running.client().v1.checkout.sessions
    return (await sessions.create_async(yen_order(**more), {"stripe_account": HIKARI})).id


async def post(running: Running, session: str, **fields: str) -> httpx.Response:
    return await running.http.post(f"/c/pay/{session}", data=CARD | fields)


async def test_fifty_at_once_make_one_charge(running: Running) -> None:
    session = await opened(running)
    answers = await asyncio.gather(*(post(running, session) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {303}
    books = await running.controls.books()
    assert (len(books.charges), len(books.payment_intents), len(books.events)) == (1, 1, 3)


async def test_a_declined_card_charges_nothing_and_another_may_follow(running: Running) -> None:
    session = await opened(running)
    for card, told in (("4000000000000002", "was declined"), ("4000000000009995", "insufficient funds")):
        answer = await post(running, session, card=card)
        assert answer.status_code == 402
        assert told in answer.text
    assert (await post(running, session)).status_code == 303
    books = await running.controls.books()
    assert [charge.paid for charge in books.charges] == [False, False, True]
    assert len(books.payment_intents) == 1
    assert [event.type for event in books.events][:2] == ["charge.failed", "payment_intent.payment_failed"]


async def test_the_decline_is_told_in_the_payment_intent(running: Running) -> None:
    session = await opened(running)
    with pytest.raises(Refused, match=r"(?s)402: .*insufficient_funds"):
        await running.controls.pay(session, "4000000000009995")
    expand: list[str] = ["payment_intent"]
    found = await running.client().v1.checkout.sessions.retrieve_async(
        session, {"expand": expand}, {"stripe_account": SPARKLE}
    )
    assert isinstance(found.payment_intent, stripe.PaymentIntent)
    assert found.payment_intent.status == "requires_payment_method"
    error = found.payment_intent.last_payment_error
    assert error is not None
    assert (error.code, error.decline_code, error.type) == (
        "card_declined",
        "insufficient_funds",
        "card_error",
    )


async def test_expiring_cancels_what_a_declined_card_began(running: Running) -> None:
    session = await opened(running)
    await post(running, session, card="4000000000000002")
    await running.controls.expire(session)
    (intent,) = (await running.controls.books()).payment_intents
    assert intent.status == "canceled"


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("card", "4242 4242 4242 4241", "card number is not valid"),
        ("card", "", "card number is not valid"),
        ("expiry", "13 / 34", "month and year"),
        ("expiry", "01 / 20", "in the past"),
        ("cvc", "12", "3 or 4 digits"),
        ("email", "nobody", "email address"),
        ("name", "", "Write a name"),
    ],
)
async def test_a_field_to_correct_is_named_and_nothing_is_tried(
    running: Running, field: str, value: str, told: str
) -> None:
    session = await opened(running)
    answer = await post(running, session, **{field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert (await running.controls.books()).charges == []


async def test_the_page_announces_itself_and_shows_what_is_paid(running: Running) -> None:
    page = (await running.http.get(f"/c/pay/{await opened(running)}")).text
    for told in ("no real money", "Invoice INV-1042", "Spring clean", "$125.50", f'href="{CANCEL_URL}"'):
        assert told in page
    assert "<script" not in page
    assert "konbini" not in page


async def test_the_page_speaks_japanese(running: Running) -> None:
    page = (await running.http.get(f"/c/pay/{await opened_in_yen(running, locale='ja')}")).text
    assert '<html lang="ja">' in page
    assert "¥5,000 を支払う" in page
    assert "コンビニで支払う" in page


def test_both_languages_have_every_word() -> None:
    english, japanese = WORDS["en"], WORDS["ja"]
    assert english.keys() == japanese.keys()
    assert english["declines"].keys() == japanese["declines"].keys() == set(DECLINES)


async def test_an_automatic_language_is_the_browsers(running: Running) -> None:
    session = await opened(running, locale="auto")
    page = await running.http.get(f"/c/pay/{session}", headers={"Accept-Language": "ja,en;q=0.5"})
    assert '<html lang="ja">' in page.text


async def test_its_policy_lets_the_form_go_on_to_the_portal(running: Running) -> None:
    page = await running.http.get(f"/c/pay/{await opened(running)}")
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://portal.example;" in policy
    assert "default-src 'none'" in policy


async def test_a_form_of_another_site_pays_nothing(running: Running) -> None:
    session = await opened(running)
    elsewhere = {"Origin": "http://evil.example"}
    assert (await running.http.post(f"/c/pay/{session}", data=CARD, headers=elsewhere)).status_code == 403
    assert (await running.controls.books()).charges == []


async def test_a_page_that_is_over_says_so(running: Running) -> None:
    paid, expired = await opened(running), await opened(running)
    await running.controls.pay(paid)
    await running.controls.expire(expired)
    assert "payment is done" in (await running.http.get(f"/c/pay/{paid}")).text
    assert "has expired" in (await running.http.get(f"/c/pay/{expired}")).text
    assert (await running.http.get("/c/pay/cs_test_nobody")).status_code == 404


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (5000, "jpy", "¥5,000"),
        (5000, "usd", "$50.00"),
        (12_340, "kwd", "KWD 12.340"),
        (100, "isk", "ISK 1.00"),
    ],
)
def test_amounts_are_shown_as_the_currency_counts(amount: int, currency: str, shown: str) -> None:
    assert money(amount, currency) == shown
