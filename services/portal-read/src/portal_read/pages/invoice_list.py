"""The list of invoices: what is to be paid, with the choice of what to pay now, and what is settled."""

from collections.abc import Sequence

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.dashboard_page import count_by_state
from portal_read.pages.due_panel import due_panel
from portal_read.pages.invoice_choice import invoice_choice
from portal_read.pages.invoice_item import InvoiceItem, invoice_items
from portal_read.pages.invoice_sums import addressed
from portal_read.pages.language import Language, language_of
from portal_read.pages.list_filter import ListFilter, YearOf, by_year, list_filter, years_since
from portal_read.pages.list_query import WHOLE_LIST, ListPage, ListQuery
from portal_read.pages.shell import page


def invoices(
    ctx: PageContext,
    owed: Sequence[InvoiceView],
    unpaid: ListPage[InvoiceView],
    settled: ListPage[InvoiceView],
    query: ListQuery = WHOLE_LIST,
    oldest_year: int | None = None,
) -> str:
    """`owed` is all that is unpaid, of which `unpaid` are shown, by due date; `settled` newest first."""
    language, path, customer = language_of(ctx), f"{ctx.root}/invoices", ctx.customer
    counted = [*owed, *settled.rows]
    whole = query.direction is None and not query.searches
    return page(
        ctx,
        "invoices.html",
        language.words.gettext("Invoices"),
        here="invoices",
        billed_to=addressed(language, customer.display_name, customer) if customer else None,
        counts=count_by_state(language, counted, with_settled=whole and settled.on is None),
        filter=_filter(ctx, language, unpaid, settled, query, oldest_year),
        whole=whole,
        list_url=path,
        due=due_panel(ctx, language, counted) if whole else None,
        choice=invoice_choice(ctx, language, unpaid.rows, query),
        unpaid=invoice_items(ctx, language, unpaid.rows),
        sooner_url=query.url(path, unpaid.back) if unpaid.back else None,
        later_url=query.url(path, unpaid.on) if unpaid.on else None,
        settled=_by_year(ctx, language, settled.rows),
        newer_url=query.url(path, settled.back) if settled.back else None,
        older_url=query.url(path, settled.on) if settled.on else None,
    )


def _filter(
    ctx: PageContext,
    language: Language,
    unpaid: ListPage[InvoiceView],
    settled: ListPage[InvoiceView],
    query: ListQuery,
    oldest_year: int | None,
) -> ListFilter | None:
    return list_filter(
        ctx,
        language,
        query,
        action=f"{ctx.root}/invoices",
        hint=language.words.gettext("number, service, date or amount"),
        years=years_since(language, oldest_year),
        with_states=True,
        sites=[view.invoice.site for view in (*unpaid.rows, *settled.rows)],
        further=bool(unpaid.on or settled.on),
    )


def _by_year(ctx: PageContext, language: Language, views: Sequence[InvoiceView]) -> list[YearOf[InvoiceItem]]:
    years = [view.invoice.issued_on.year for view in views]
    return by_year(language, invoice_items(ctx, language, views), years)
