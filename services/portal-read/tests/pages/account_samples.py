"""The statement of account as a reader meets it: of one currency and of two, of nothing, and of no period."""

from dataclasses import replace
from datetime import date

from listed import with_sites
from msgspec import structs
from page_samples import Season
from portal_read import pages
from portal_read.pages import InvoiceView, PageContext
from portal_read.pages.language import language_of
from portal_read.pages.statement_period import StatementPeriod, StatementQuery
from servicehub_events import AccountStatement, Payment, account_statements

PERIOD = StatementPeriod(date(2026, 1, 1), date(2026, 11, 20))
QUERY = StatementQuery(PERIOD, "", ("", ""))


def statements_of(
    ctx: PageContext, views: list[InvoiceView], period: StatementPeriod = PERIOD
) -> list[AccountStatement]:
    """What the invoices come to, in each currency."""
    payments: dict[str, Payment] = {p.payment_id: p for view in views for p in view.payments}
    language = language_of(ctx)
    return account_statements(
        [view.invoice for view in views],
        list(payments.values()),
        language.format.zone,
        period.first,
        period.last,
        language.today,
    )


def account_pages(season: Season) -> dict[str, str]:
    """The page in each of its states."""
    ctx, views = season.ctx, list(season.invoices)
    several = with_sites(ctx, "№ 1", "№ 2")
    foreign = structs.replace(views[0].invoice, invoice_id="kwd", currency="KWD")
    mixed = [*views, replace(views[0], invoice=foreign, payments=())]
    typed = StatementQuery(None, "", ("2026-11-30", "2026-11-01"))
    return {
        "statement": pages.account_statement(ctx, QUERY, statements_of(ctx, views), views),
        "statement_several": pages.account_statement(several, QUERY, statements_of(ctx, mixed), mixed),
        "statement_empty": pages.account_statement(ctx, QUERY, [], []),
        "statement_no_period": pages.account_statement(ctx, typed, [], []),
    }
