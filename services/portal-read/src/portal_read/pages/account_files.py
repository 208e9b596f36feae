"""The statement of account as files: as a paper, and as the CSV that a spreadsheet opens."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import structs
from papers.values import StatementAccount, StatementItem, StatementPaper, StatementRow
from servicehub_events import AccountEntry, AccountStatement, Customer
from servicehub_events.money import exponent, to_decimal

from portal_read.pages.account_page import balances_by_site, site_name_of
from portal_read.pages.account_words import entry_details, entry_text, item_text, one_line
from portal_read.pages.context import PageContext
from portal_read.pages.language import Language, language_of
from portal_read.pages.site_labels import site_label, tells_sites_apart
from portal_read.pages.statement_period import StatementPeriod

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""


def statement_paper(
    ctx: PageContext,
    customer: Customer,
    statements: Sequence[AccountStatement],
    period: StatementPeriod,
    site: str,
    as_of: datetime,
) -> StatementPaper:
    """The paper, in the words of the page; `as_of` is when all of it was true."""
    language = language_of(ctx)
    return StatementPaper(
        business=ctx.business,
        locale="ja" if ctx.locale == "ja" else "en",
        as_of=as_of,
        customer=structs.replace(customer, contacts=(), sites=(), answers=()),
        first=period.first,
        last=period.last,
        site=site_name_of(ctx, site) or "",
        accounts=tuple(_account(ctx, language, statement) for statement in statements),
    )


def statement_csv(ctx: PageContext, statements: Sequence[AccountStatement], period: StatementPeriod) -> bytes:
    """A row for each step, between the balances before and after, for each currency.

    UTF-8 with the mark by which Excel knows it, days as ISO 8601, amounts with all decimals.
    """
    language, file = language_of(ctx), io.StringIO()
    say, lines = language.words.gettext, csv.writer(file, lineterminator="\r\n")
    lines.writerow(
        [
            *(say("Date"), say("What"), say("Invoice"), say("Property"), say("Note")),
            *(say("Charged"), say("Payments"), say("Balance"), say("Currency")),
        ]
    )
    for one in statements:
        ends = (
            (period.first.isoformat(), say("Opening balance"), one.opening),
            (
                period.last.isoformat(),
                say("Closing balance"),
                one.closing,
            ),
        )
        rows = [_csv_row(ctx, language, entry, one.currency) for entry in one.entries]
        (first, last) = [
            [day, what, "", "", "", "", "", _decimal(amount, one.currency), one.currency]
            for day, what, amount in ends
        ]
        lines.writerows([first, *rows, last])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _csv_row(ctx: PageContext, language: Language, entry: AccountEntry, currency: str) -> list[str]:
    numbers = "; ".join(invoice.number for invoice in entry.invoices)
    labels = dict.fromkeys(site_label(ctx, invoice.site) or "" for invoice in entry.invoices)
    details = list(entry_details(ctx, language, entry, several=False))
    charged, paid = _columns(entry)
    words = (entry_text(language, entry), numbers, "; ".join(filter(None, labels)), " · ".join(details))
    return [
        entry.day.isoformat(),
        *(_defused(text) for text in words),
        "" if charged is None else _decimal(charged, currency),
        "" if paid is None else _decimal(paid, currency),
        _decimal(entry.balance, currency),
        currency,
    ]


def _columns(entry: AccountEntry) -> tuple[int | None, int | None]:
    """What was charged, or what was paid: the balance rises by the one and falls by the other."""
    return (entry.amount, None) if entry.is_charge else (None, -entry.amount)


def _decimal(amount: int, currency: str) -> str:
    """12.34; 5000; 45.500: exact, without grouping, and with a plain minus."""
    return f"{to_decimal(amount, currency):.{exponent(currency)}f}"


def _defused(text: str) -> str:
    """Text that a spreadsheet will not run: an apostrophe says that it is text."""
    plain = " ".join(text.split())
    return f"'{plain}" if plain.startswith(_FORMULA) else plain


def _account(ctx: PageContext, language: Language, statement: AccountStatement) -> StatementAccount:
    several = tells_sites_apart(
        ctx, (invoice.site for entry in statement.entries for invoice in entry.invoices)
    )
    not_due, month, two, three, older = statement.ages
    return StatementAccount(
        currency=statement.currency,
        opening=statement.opening,
        closing=statement.closing,
        charged=statement.charged,
        paid=statement.paid,
        rows=tuple(_paper_row(ctx, language, entry, several=several) for entry in statement.entries),
        items=tuple(
            StatementItem(
                what=item_text(language, item.invoice),
                due_on=item.invoice.due_on,
                total=item.invoice.total,
                left=item.due,
            )
            for item in statement.items
            if item.due
        ),
        ages=(not_due, month, two, three, older),
        credit=statement.credit,
        sites=tuple(balances_by_site(ctx, language, statement)),
    )


def _paper_row(ctx: PageContext, language: Language, entry: AccountEntry, *, several: bool) -> StatementRow:
    details = entry_details(ctx, language, entry, several=several)
    charged, paid = _columns(entry)
    what = " · ".join([entry_text(language, entry), *(one_line(detail) for detail in details)])
    return StatementRow(day=entry.day, what=what, charged=charged, paid=paid, balance=entry.balance)
