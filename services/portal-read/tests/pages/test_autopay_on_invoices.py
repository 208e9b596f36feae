"""What is said of an invoice that a card pays by itself: never a day that was not told of."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import listed
import msgspec
import pytest
import servicehub_events as e
from autopay_samples import AGREED, CHARGES, DAY, failed, switched_off, with_autopay
from page_samples import OVERDUE, SPARKLE_SEASON, US_CONTEXT, payment, view
from page_samples_japan import HIKARI_SEASON, JP_CONTEXT
from portal_read import pages
from portal_read.pages import InvoiceView, PageContext
from rendered import Page

OWED: Final = next(one for one in SPARKLE_SEASON.invoices if one.invoice == OVERDUE)
JP_OWED: Final = next(one for one in HIKARI_SEASON.invoices if one.money.payable)


def shown(charge: Mapping[str, object], ctx: PageContext = US_CONTEXT, of: InvoiceView = OWED) -> Page:
    return Page(pages.invoice(with_autopay(ctx, of, **charge), of))


@pytest.mark.parametrize(
    ("state", "words", "japanese"),
    [
        ("planned", "Autopay pays this invoice with Visa ending 4242. We write to you two days before",
         "Visa（末尾4242）で自動支払いの予定です。お支払い日と金額は、その2日前にお知らせします。"),
        ("announced", "Autopay pays this invoice with Visa ending 4242.", "自動支払いの予定です。"),
        ("told", "Paid automatically on Nov 28 with Visa ending 4242. There is nothing to do.",
         "11月28日にVisa（末尾4242）で自動支払いを行います。お手続きは不要です。"),
        ("again", "We could not charge Visa ending 4242. We try again on Nov 28, or you can pay another",
         "Visa（末尾4242）でのお支払いができませんでした。11月28日に再度お手続きします。"),
        ("charging", "Visa ending 4242 is being charged. Please don’t pay again.", "決済しています。"),
        ("declined", "We could not charge Visa ending 4242. Autopay does not try again.",
         "自動でのお手続きは終了しました。"),
        ("to_confirm", "Your bank wants you to confirm this payment yourself.",
         "ご本人による確認を求めています。"),
        ("unconfirmed", "If money was taken, please contact us before you pay again.",
         "再度お支払いになる前にご連絡ください。"),
        ("untold", "We could not reach you beforehand, so your card was not charged.",
         "カードでの決済は行っていません。"),
    ],
)  # fmt: skip
def test_the_page_says_what_autopay_does(state: str, words: str, japanese: str) -> None:
    assert shown(CHARGES[state]).says(words)
    assert shown(CHARGES[state], JP_CONTEXT, JP_OWED).says(japanese)


@pytest.mark.parametrize("state", CHARGES)
def test_the_way_to_pay_by_hand_stays_except_while_the_card_is_being_charged(state: str) -> None:
    page = pages.invoice(with_autopay(US_CONTEXT, OWED, **CHARGES[state]), OWED)
    assert ('action="/billing/sparkle-home/checkouts"' in page) == (state != "charging")


@pytest.mark.parametrize(
    "charge",
    [
        {"status": "announced"},
        {"status": "planned"},
        {"status": "confirmed", "amount": OWED.money.payable - 1},
        {"status": "confirmed", "currency": "EUR"},
        {"status": "confirmed", "charge_on": date(2026, 11, 19)},
    ],
)
def test_no_day_is_named_that_was_not_told_for_what_is_asked_now(charge: dict[str, object]) -> None:
    page = shown(charge)
    assert "Paid automatically" not in page.text
    assert page.says("We write to you two days before")


def test_what_is_paid_or_on_its_way_says_nothing_of_autopay() -> None:
    amount = OWED.money.payable
    for status in ("captured", "processing"):
        paid = view(OVERDUE, *OWED.payments, payment(OVERDUE, amount, status, US_CONTEXT.now))
        page = Page(pages.invoice(with_autopay(US_CONTEXT, paid, amount=amount, **CHARGES["told"]), paid))
        assert "automatically" not in page.text
        assert "utopay" not in page.text


@pytest.mark.parametrize(
    ("at", "said"),
    [(US_CONTEXT.now, True), (AGREED + timedelta(days=1), False)],
)
def test_off_is_said_of_invoices_that_came_while_it_was_on(at: datetime, said: bool) -> None:
    page = Page(pages.invoice(switched_off(with_autopay(US_CONTEXT, OWED), at), OWED))
    assert ("Autopay has been switched off. This invoice waits for you to pay it." in page.text) == said


def test_an_invoice_that_autopay_does_not_pay_says_nothing_of_it() -> None:
    assert "utopay" not in shown({}).text


def test_the_way_to_the_settings_is_for_who_may_pay() -> None:
    assert 'href="/portal/sparkle-home/settings#autopay"' in pages.invoice(
        with_autopay(US_CONTEXT, OWED, **CHARGES["told"]), OWED
    )
    assert US_CONTEXT.contact
    only_sees = replace(US_CONTEXT, contact=msgspec.structs.replace(US_CONTEXT.contact, roles=("invoices",)))
    page = pages.invoice(with_autopay(only_sees, OWED, **CHARGES["told"]), OWED)
    assert "#autopay" not in page
    assert "Paid automatically" in page


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("planned", "Autopay"),
        ("told", "Autopay on Nov 28"),
        ("again", "Card declined, again on Nov 28"),
        ("charging", "Card is being charged"),
        ("declined", "Not paid by autopay"),
    ],
)
def test_lists_and_what_is_due_say_it_in_a_few_words(state: str, word: str) -> None:
    ctx = with_autopay(US_CONTEXT, OWED, **CHARGES[state])
    assert Page(pages.dashboard(ctx, (), (), SPARKLE_SEASON.invoices)).says(word)
    assert Page(listed.invoices(ctx, [OWED])).says(word)


def test_a_payment_that_is_being_checked_is_told_of_once() -> None:
    assert "utopay" not in shown(failed("being_checked")).text
    assert US_CONTEXT.now.date() < DAY
    assert isinstance(with_autopay(US_CONTEXT, OWED).autopay, e.Autopay)
