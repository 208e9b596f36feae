"""The statement of account in words, as CSV and as paper; and what of a contact is in their data."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from account_samples import PERIOD, QUERY, statements_of
from msgspec.structs import replace
from page_samples import SPARKLE_SEASON, Season, in_locale
from page_samples_japan import HIKARI_SEASON
from portal_read import pages
from portal_read.pages import HeldData
from portal_read.pages.account_page import SHOWN_AT_ONCE
from portal_read.pages.my_data import readable
from portal_read.pages.statement_period import named_period, read_statement_query
from rendered import Page
from servicehub_events_tools.testing import samples

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("this_month", date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1)),
        ("last_month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("last_month", date(2024, 3, 31), date(2024, 2, 1), date(2024, 2, 29)),
        ("last_month", date(2026, 1, 5), date(2025, 12, 1), date(2025, 12, 31)),
        ("this_year", date(2026, 11, 20), date(2026, 1, 1), date(2026, 11, 20)),
        ("last_year", date(2026, 11, 20), date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_period_by_its_name(name: str, today: date, first: date, last: date) -> None:
    query = read_statement_query({"period": name}, "", today)
    assert query.period
    assert (query.period.first, query.period.last, query.period.name) == (first, last, name)


def test_a_period_of_days_ends_today_at_the_latest_and_what_is_none_is_told() -> None:
    query = read_statement_query({"from": "2026-01-05", "to": "2027-01-01"}, "s-1", TODAY)
    assert query.period
    assert (query.period.first, query.period.last) == (date(2026, 1, 5), TODAY)
    assert query.query == "from=2026-01-05&to=2026-03-01&site=s-1"
    for first, last in (("2026-02-02", "2026-02-01"), ("", "2026-01-01"), ("2026-13-01", "2026-12-01")):
        typed = read_statement_query({"from": first, "to": last}, "", TODAY)
        assert (typed.period, typed.typed) == (None, (first, last))
    assert read_statement_query({"period": "x"}, "", TODAY).period == named_period("this_month", TODAY)


@pytest.mark.parametrize("season", [SPARKLE_SEASON, HIKARI_SEASON])
@pytest.mark.parametrize("locale", ["en", "ja"])
def test_page_csv_and_paper_say_the_same(season: Season, locale: str) -> None:
    inside = in_locale(season, locale)
    ctx, views = inside.ctx, list(inside.invoices)
    (statement,) = told = statements_of(ctx, views)
    page = Page(pages.account_statement(ctx, QUERY, told, views))
    content = pages.statement_csv(ctx, told, PERIOD)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert ctx.customer
    paper = pages.statement_paper(ctx, ctx.customer, told, PERIOD, "", ctx.now)
    (account,) = paper.accounts
    assert len(rows) - 3 == len(account.rows) == len(statement.entries)
    for entry, line, printed in zip(statement.entries, rows[2:-1], account.rows, strict=True):
        assert line[0] == entry.day.isoformat() == printed.day.isoformat()
        assert printed.what.startswith(line[1])
        page.says(line[1].removeprefix("'"))
    assert (account.opening, account.closing) == (statement.opening, statement.closing)
    owed = sum(view.money.amount_due - view.money.credit for view in views)
    assert statement.closing == owed


def test_a_page_of_many_steps_shows_the_newest_and_still_adds_up() -> None:
    ctx, view = SPARKLE_SEASON.ctx, SPARKLE_SEASON.invoices[0]
    plain = replace(view.invoice, recorded_payments=(), credit_notes=(), status="open")
    many = [
        replace(plain, invoice_id=f"i-{n}", number=str(n), issued_on=PERIOD.first + timedelta(n % 300))
        for n in range(SHOWN_AT_ONCE + 7)
    ]
    told = statements_of(ctx, [type(view)(invoice, (), view.money) for invoice in many])
    page = Page(pages.account_statement(ctx, QUERY, told, []))
    assert page.html.count('<span class="day soft">') == SHOWN_AT_ONCE + 2
    page.says("7 earlier entries are not shown here.", "Balance before that")


def test_amounts_are_found_by_their_type_and_carry_the_currency_that_is_nearest() -> None:
    invoice = readable(replace(samples.invoice(), currency="KWD"))
    text = json.dumps(invoice, default=str)
    assert '"total": {"amount": "17.560", "currency": "KWD"}' in text
    payment = json.loads(json.dumps(readable(samples.payment()), default=str))
    assert payment["allocations"][0]["amount"] == {"amount": "10000", "currency": "JPY"}
    assert payment["allocations"][0]["invoice_version"] == 3
    assert not {"movements", "processor", "clearing"} & payment.keys()


def test_data_is_json_piece_by_piece_also_without_anything() -> None:
    ctx = SPARKLE_SEASON.ctx
    assert ctx.customer
    assert ctx.contact
    held = HeldData((), (), (), (), (), None, (), (), False, None, lambda: 0)
    told = json.loads(b"".join(pages.my_data(ctx, ctx.customer, ctx.contact, held)))
    assert told["you"]["contact_id"] == ctx.contact.contact_id
    assert (told["passkeys"], told["cards"], told["invoices"]) == (None, [], [])
    assert "contacts" not in told["account"]
