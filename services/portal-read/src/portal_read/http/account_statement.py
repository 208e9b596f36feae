"""`GET /portal/{slug}/statement`, and the same as `.pdf` and `.csv`: the account of a customer over time."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from chassis.web import Unavailable, pdf_answer
from msgspec.structs import replace
from papers.file_names import statement_file_name
from papers.press import PressFailed
from papers.values import StatementPaper
from servicehub_events import AccountStatement, Invoice, Payment, account_statements
from starlette.requests import Request
from starlette.responses import Response

from portal_read import pages, store, visitor
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.just_paid import with_money
from portal_read.http.page_request import PageRequest, open_page, read_id, without_id
from portal_read.http.signed_in import signed_in_page, turned_away
from portal_read.pages.language import language_of
from portal_read.pages.site_labels import is_at
from portal_read.pages.statement_period import (
    StatementPeriod,
    StatementQuery,
    named_period,
    read_statement_query,
)
from portal_read.store import decode_all

T = TypeVar("T")

PAPER_ROWS: Final = 1000
"""Steps that a paper takes: typesetting them takes seconds, and nobody reads forty pages."""
_RETRY_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Account:
    """What was asked for, and what the rows say to it; `period` is what is shown."""

    query: StatementQuery
    period: StatementPeriod
    invoices: Sequence[Invoice]
    payments: Sequence[Payment]
    statements: Sequence[AccountStatement]


async def account_statement(ctx: Context, request: Request) -> Response:
    """The page of a period."""
    return await signed_in_page(ctx, request, store.STATEMENT, show_statement, role="invoices", long=True)


async def statement_csv(ctx: Context, request: Request) -> Response:
    """The file that a spreadsheet opens. Raises what cannot be read: a sum without it would be untrue."""

    def make(page: PageRequest, account: Account) -> tuple[bytes, str]:
        file = pages.statement_csv(page.context, account.statements, account.period)
        return file, statement_file_name(_paper(ctx, page, account), "csv")

    made = await _opened(ctx, request, make)
    if isinstance(made, Response):
        return made
    _, (file, name) = made
    return answers.file(file, name, "statement.csv", "text/csv; charset=utf-8")


async def statement_pdf(ctx: Context, request: Request) -> Response:
    """The paper, the same bytes while it says the same. Raises `Unavailable` when none can be made."""
    made = await _opened(ctx, request, lambda page, account: _paper(ctx, page, account))
    if isinstance(made, Response):
        return made
    page, paper = made
    if sum(len(account.rows) for account in paper.accounts) > PAPER_ROWS:
        return _led_back(ctx, page, {"code": "statement_too_long", "params": {}})
    owner = visitor.ContactKey(
        paper.business.business_id, paper.customer.customer_id, page.viewer.viewer.contact_id
    )
    digest = await asyncio.to_thread(digest_of, paper)
    pdf = await _kept(ctx, owner, digest)
    if pdf is None:
        if seconds := ctx.statement_files.count(f"{owner.business_id}/{owner.key}".encode()):
            return _led_back(ctx, page, {"code": "too_many_files", "params": {"seconds": str(seconds)}})
        pdf = await _printed(ctx, owner, digest, paper)
    return pdf_answer(pdf, statement_file_name(paper), "statement.pdf")


def show_statement(page: PageRequest) -> str:
    """The page of what was read."""
    account = _account(page)
    views = [with_money(invoice, account.payments, page.just_paid) for invoice in account.invoices]
    return pages.account_statement(page.context, account.query, account.statements, views)


def digest_of(paper: StatementPaper) -> str:
    """What tells papers apart that say something else; when one was made does not."""
    undated = replace(paper, as_of=paper.as_of.min.replace(tzinfo=paper.as_of.tzinfo))
    return hashlib.sha256(msgspec.json.encode(undated, order="sorted")).hexdigest()


async def _opened(
    ctx: Context, request: Request, make: Callable[[PageRequest, Account], T]
) -> tuple[PageRequest, T] | Response:
    """What is made of the account, in a thread; an answer to who may not see it, or asks for no period."""
    page = await open_page(ctx, request, store.STATEMENT)
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    if not page.context.may_see("invoices"):
        return answers.html(pages.not_found(without_id(page)), 404)
    if _query(page).period is None:
        return _led_back(ctx, page, None)
    return page, await asyncio.to_thread(lambda: make(page, _account(page)))


def _query(page: PageRequest) -> StatementQuery:
    params = page.request.query_params
    return read_statement_query(params, read_id(params.get("site", "")), language_of(page.context).today)


def _account(page: PageRequest) -> Account:
    query, language = _query(page), language_of(page.context)
    period = query.period or named_period("this_month", language.today)
    invoices = decode_all(Invoice, page.rows["charged"])
    if query.site:
        invoices = [one for one in invoices if is_at(page.context, one.site, query.site)]
    payments = decode_all(Payment, page.rows["payment"])
    zone = language.format.zone
    statements = account_statements(invoices, payments, zone, period.first, period.last, language.today)
    return Account(query, period, invoices, payments, statements)


def _paper(ctx: Context, page: PageRequest, account: Account) -> StatementPaper:
    customer = page.context.customer
    assert customer is not None  # noqa: S101  # whoever is signed in has one; narrows the type
    return pages.statement_paper(
        page.context, customer, account.statements, account.period, account.query.site, ctx.clock()
    )


def _led_back(ctx: Context, page: PageRequest, flash: dict[str, object] | None) -> Response:
    """To the page of the same period, which says why there is no file."""
    response = answers.redirect(f"{page.context.root}/statement?{_query(page).query}")
    if flash:
        ctx.flash.put(response, flash)
    return response


async def _kept(ctx: Context, owner: visitor.ContactKey, digest: str) -> bytes | None:
    async with ctx.database.tenant(owner.business_id) as tx:
        sealed = await visitor.find_statement(tx, owner, digest)
    if sealed is None:
        return None
    return ctx.read_model.cipher.open(visitor.STATEMENTS, owner.business_id, owner.key, digest, sealed)


async def _printed(ctx: Context, owner: visitor.ContactKey, digest: str, paper: StatementPaper) -> bytes:
    try:
        pdf = await ctx.press.print(paper)
    except PressFailed as error:
        raise Unavailable(seconds=_RETRY_SECONDS) from error
    sealed = ctx.read_model.cipher.seal(visitor.STATEMENTS, owner.business_id, owner.key, digest, pdf)
    schema = await ctx.read_model.schema()
    async with ctx.database.tenant(owner.business_id) as tx:
        await visitor.keep_statement(tx, schema, owner, digest, paper.as_of, sealed)
    return pdf
