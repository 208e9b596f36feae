"""The statement of account: what happened in a period, what is owed at its end and how late that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from chassis.words.catalogue import N_
from servicehub_events import AccountEntry, AccountStatement

from portal_read.pages.account_words import entry_details, entry_text
from portal_read.pages.context import FlashMessage, InvoiceView, PageContext
from portal_read.pages.invoice_sums import SumLine, addressed
from portal_read.pages.language import Language, language_of
from portal_read.pages.list_filter import FilterField, FilterOption
from portal_read.pages.shell import page
from portal_read.pages.site_labels import site_label, tells_sites_apart
from portal_read.pages.statement_period import PeriodName, StatementPeriod, StatementQuery, named_period

SHOWN_AT_ONCE: Final = 500
"""Steps that one page shows of a currency: the newest. All are in the CSV."""
_PERIODS: Final[tuple[tuple[PeriodName, str], ...]] = (
    ("this_month", N_("This month")),
    ("last_month", N_("Last month")),
    ("this_year", N_("This year")),
    ("last_year", N_("Last year")),
)
_AGES: Final = (
    N_("Not due yet"),
    N_("1–30 days late"),
    N_("31–60 days late"),
    N_("61–90 days late"),
    N_("Over 90 days late"),
)


@dataclass(frozen=True, slots=True)
class PeriodLink:
    url: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A step with its day; `url` leads to what it is about."""

    day: str
    text: str
    details: Sequence[str]
    amount: str
    balance: str
    url: str | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account in one currency, named where there are several; `left_out` says what is not shown."""

    currency: str | None
    opened: str
    closed: str
    opening: str
    closing: str
    sums: Sequence[SumLine]
    rows: Sequence[LedgerRow]
    left_out: str | None
    ages: Sequence[SumLine]
    sites: Sequence[SumLine]
    under_way: str | None


def account_statement(
    ctx: PageContext,
    query: StatementQuery,
    statements: Sequence[AccountStatement],
    views: Sequence[InvoiceView],
) -> str:
    """The page. `statements` are of the period that is asked for, `views` all invoices that they are about.

    Days that make no period are said to be none, with the words that were typed; it then shows this month.
    """
    if query.period is None:
        ctx = replace(ctx, flash=FlashMessage("period_invalid"))
    language, customer = language_of(ctx), ctx.customer
    period = query.period or named_period("this_month", language.today)
    typed = query.typed if query.period is None else (period.first.isoformat(), period.last.isoformat())
    path, zero = f"{ctx.root}/statement", language.format.money(0, ctx.business.currency)
    return page(
        ctx,
        "account_statement.html",
        language.words.gettext("Statement of account"),
        here="invoices",
        account=addressed(language, customer.display_name, customer) if customer else None,
        site=site_name_of(ctx, query.site),
        days=period_text(language, period),
        action=path,
        first=typed[0],
        last=typed[1],
        today=language.today.isoformat(),
        invalid=query.period is None,
        sites=_site_field(ctx, language, query.site),
        periods=_links(language, path, query, period),
        accounts=[_view(ctx, language, one, statements, views, period) for one in statements],
        nothing=_opened(language, period, 0, ended=True),
        zero=zero,
        pdf_url=f"{ctx.root}/statement.pdf?{query.query}",
        csv_url=f"{ctx.root}/statement.csv?{query.query}",
    )


def site_name_of(ctx: PageContext, site_id: str) -> str | None:
    """What the customer's property of this id is called."""
    sites = ctx.customer.sites if ctx.customer else ()
    return next((site.label or site.address for site in sites if site.site_id == site_id), None)


def period_text(language: Language, period: StatementPeriod) -> str:
    """October 1, 2026 – November 20, 2026; 2026年10月1日〜2026年11月20日."""
    show = language.format
    first, last = show.full(period.first), show.full(period.last)
    if first == last:
        return first
    return f"{first}〜{last}" if show.japanese else f"{first} – {last}"


def balances_by_site(
    ctx: PageContext, language: Language, statement: AccountStatement
) -> list[tuple[str, int]]:
    """What is owed for each property, where the invoices of the period name several; by name."""
    named = [(site_label(ctx, item.invoice.site), item.due - item.credit) for item in statement.items]
    sums: dict[str | None, int] = {}
    for label, amount in named:
        sums[label] = sums.get(label, 0) + amount
    if len(sums) < 2:
        return []
    elsewhere = language.words.gettext("No property named")
    ordered = sorted(sums, key=lambda label: (label is None, label or ""))
    return [(label or elsewhere, sums[label]) for label in ordered]


def _site_field(ctx: PageContext, language: Language, chosen: str) -> FilterField | None:
    sites = ctx.customer.sites if ctx.customer else ()
    if len(sites) < 2:
        return None
    every = FilterOption("", language.words.gettext("All"), not chosen)
    options = [
        FilterOption(site.site_id, site.label or site.address, site.site_id == chosen) for site in sites
    ]
    return FilterField("site", language.words.gettext("Property"), [every, *options])


def _links(language: Language, path: str, query: StatementQuery, period: StatementPeriod) -> list[PeriodLink]:
    links: list[PeriodLink] = []
    for name, label in _PERIODS:
        named = replace(query, period=named_period(name, language.today))
        current = query.period is not None and period.name == name
        links.append(PeriodLink(f"{path}?{named.query}", language.words.gettext(label), current))
    return links


def _view(
    ctx: PageContext,
    language: Language,
    statement: AccountStatement,
    all_of_them: Sequence[AccountStatement],
    views: Sequence[InvoiceView],
    period: StatementPeriod,
) -> AccountView:
    say, currency = language.words.gettext, statement.currency

    def shown(amount: int) -> str:
        return language.format.money(amount, currency)

    opened = _opened(language, period, statement.opening, ended=False)
    closed = _opened(language, period, statement.closing, ended=True)
    newest = statement.entries[-SHOWN_AT_ONCE:]
    left_out = len(statement.entries) - len(newest)
    before = statement.opening + sum(entry.amount for entry in statement.entries[:left_out])
    return AccountView(
        currency=currency if len(all_of_them) > 1 else None,
        opened=language.format.in_year(period.first, language.today),
        closed=language.format.in_year(period.last, language.today),
        opening=shown(before),
        closing=shown(statement.closing),
        sums=[
            SumLine(opened, shown(statement.opening)),
            SumLine(say("Charged"), shown(statement.charged)),
            SumLine(say("Payments"), shown(-statement.paid)),
            SumLine(closed, shown(statement.closing), big=True),
        ],
        rows=_rows(ctx, language, newest),
        left_out=language.words.ngettext(
            "{n} earlier entry is not shown here. Choose a shorter period, or take the CSV.",
            "{n} earlier entries are not shown here. Choose a shorter period, or take the CSV.",
            left_out,
        )
        if left_out
        else None,
        ages=_ages(language, statement, closed),
        sites=[SumLine(label, shown(amount)) for label, amount in balances_by_site(ctx, language, statement)],
        under_way=_under_way(language, currency, views) if period.last >= language.today else None,
    )


def _opened(language: Language, period: StatementPeriod, balance: int, *, ended: bool) -> str:
    """What the first, or the last, balance is called: what is owed, or held for the customer."""
    say = language.words.gettext
    day = language.format.in_year(period.last if ended else period.first, language.today)
    if balance < 0:
        return say("In your favor on {date}", date=day)
    return say("You owe on {date}", date=day) if ended else say("You owed on {date}", date=day)


def _rows(ctx: PageContext, language: Language, entries: Sequence[AccountEntry]) -> list[LedgerRow]:
    several = tells_sites_apart(ctx, (invoice.site for entry in entries for invoice in entry.invoices))
    return [_row(ctx, language, entry, several=several) for entry in entries]


def _row(ctx: PageContext, language: Language, entry: AccountEntry, *, several: bool) -> LedgerRow:
    show, currency = language.format, entry.invoices[0].currency
    return LedgerRow(
        day=show.in_year(entry.day, language.today),
        text=entry_text(language, entry),
        details=list(entry_details(ctx, language, entry, several=several)),
        amount=show.money(entry.amount, currency),
        balance=show.money(entry.balance, currency),
        url=ctx.result_url(entry.payment.payment_id)
        if entry.payment
        else ctx.invoice_url(entry.invoices[0].invoice_id),
    )


def _ages(language: Language, statement: AccountStatement, closed: str) -> list[SumLine]:
    say, show = language.words.gettext, language.format
    lines = [
        SumLine(say(label), show.money(amount, statement.currency))
        for label, amount in zip(_AGES, statement.ages, strict=True)
    ]
    if statement.credit:
        lines.append(SumLine(say("Credit in your favor"), show.money(-statement.credit, statement.currency)))
    return [*lines, SumLine(closed, show.money(statement.closing, statement.currency), big=True)]


def _under_way(language: Language, currency: str, views: Sequence[InvoiceView]) -> str | None:
    """Money that is owed until it arrives, as markup."""
    money = [view.money for view in views if view.invoice.currency == currency]
    amount = sum(one.processing + one.under_review for one in money)
    if not amount:
        return None
    return language.words.rich(
        "<b>{amount} is on its way</b> or being checked. It counts here once it has arrived.",
        amount=language.format.money(amount, currency),
    )
