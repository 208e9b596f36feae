"""Paying without signing in: what the two pages say, in both languages, and what they keep to themselves."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from page_samples import SPARKLE_SEASON, Season, in_locale
from paying_samples import payments_of
from portal_read import pages
from portal_read.pages import PageContext
from portal_read.ports import LinkedPayment, LinkOffer

OFFER = LinkOffer("1052", 17098, "USD", date(2026, 11, 28), deposit=False)
TOKEN = "WyJpbi0xIl0.c2lnbmF0dXJl"


@pytest.fixture(params=["en", "ja"])
def season(request: pytest.FixtureRequest) -> Season:
    return in_locale(SPARKLE_SEASON, str(request.param))


def outside(season: Season) -> PageContext:
    return replace(season.ctx, customer=None, contact=None, live_url=None)


def opened(season: Season, offer: LinkOffer = OFFER) -> str:
    return pages.pay_link(outside(season), offer, TOKEN).replace("\u00a0", " ")


def test_the_page_says_number_amount_and_day_and_posts_the_link_alone(season: Season) -> None:
    html, japanese = opened(season), season.ctx.locale == "ja"
    assert ("請求書 1052" if japanese else "Invoice 1052") in html
    assert "170.98" in html
    assert ("2026年11月28日(土)まで" if japanese else "Due Saturday, November 28, 2026") in html
    form = html.partition("<main")[2].partition('<form class="stack"')[2].partition("</form>")[0]
    assert f'action="/billing/{season.ctx.business.slug}/pay-links"' in form
    assert form.count("<input") == 2
    assert f'name="link" value="{TOKEN}"' in form
    assert f'name="locale" value="{season.ctx.locale}"' in form
    assert form.count("<button") == 1


def test_nothing_else_of_the_customer_is_there(season: Season) -> None:
    assert season.ctx.customer
    assert season.ctx.contact
    linked = LinkedPayment("1052", opens=False, payment=payments_of(season.invoices[0].invoice)["paid"][0])
    for html in (opened(season), pages.paid_by_link(outside(season), linked, "/again").html):
        for word in (season.ctx.customer.display_name, season.ctx.contact.name, season.ctx.contact.email):
            assert word is None or word not in html
        assert 'name="keep"' not in html
        assert "sign-out" not in html
        assert 'class="nav"' not in html
        assert 'name="robots" content="noindex"' in html


def test_a_day_that_is_over_is_said_to_be(season: Season) -> None:
    late = OFFER._replace(due_on=season.ctx.now.date() - timedelta(days=30))
    assert ("の期限を過ぎています" if season.ctx.locale == "ja" else "Overdue since") in opened(season, late)


def test_a_deposit_is_called_one(season: Season) -> None:
    word = "予約金のお支払い" if season.ctx.locale == "ja" else "Deposit due now"
    assert word in opened(season, OFFER._replace(deposit=True))
    assert word not in opened(season)


def test_a_closed_link_says_what_to_do_and_names_nothing(season: Season) -> None:
    html = pages.pay_link_closed(outside(season))
    assert f'href="{season.ctx.root}/invoices"' in html
    assert TOKEN not in html
    assert "1052" not in html


@pytest.mark.parametrize("opens", [True, False])
def test_what_failed_may_be_tried_again_as_long_as_the_link_opens(season: Season, opens: bool) -> None:
    failed = payments_of(season.invoices[0].invoice)["failed"][0]
    shown = pages.paid_by_link(outside(season), LinkedPayment("1052", opens, failed), "/again")
    assert ('href="/again"' in shown.html) is opens
    assert not shown.confirming


def test_every_outcome_is_told_as_to_who_is_signed_in(season: Season) -> None:
    for payment, _ in payments_of(season.invoices[0].invoice).values():
        linked = LinkedPayment("1052", opens=True, payment=payment)
        shown = pages.paid_by_link(outside(season), linked, "/again")
        assert shown.confirming is (payment.status == "started")
        told = pages.result(season.ctx, payment, (), came_back=True)
        heading = told.partition("<h1>")[2].partition("</h1>")[0]
        assert f"<h1>{heading}</h1>" in shown.html
