"""A statement of account (お取引明細書) as a sheet: what happened in a period, and what is owed at its end.

It is no invoice and must not look like one: it has neither tax nor a tax number.
"""

from collections.abc import Iterator
from datetime import date

from papers.frame import FrameWords, framed
from papers.language import PaperLanguage, language_of
from papers.parties import addressed, issuer_of
from papers.sheet import AnswerBand, Pair, Party, Sheet, SheetNote, SheetRow, SheetTable
from papers.values import StatementAccount, StatementPaper, StatementRow


def statement_sheet(paper: StatementPaper) -> Sheet:
    """The sheet of a statement."""
    language = language_of(paper)
    say = language.say
    name = addressed(language, paper.customer.display_name, paper.customer)
    answer = _answer(language, paper)
    return framed(
        paper,
        language,
        FrameWords(
            title=say("Statement of account"),
            number=language.period(paper.first, paper.last),
            amount=answer.amount,
        ),
        recipient=Party(label=say("Account of"), name=name),
        issuer=issuer_of(language, say("From"), paper.business, None),
        answer=answer,
        tables=tuple(table for account in paper.accounts for table in _tables(language, paper, account)),
        notes=(
            SheetNote(
                label=say("Please note"),
                lines=(say("This is a summary, not an invoice. The tax is on each invoice."),),
            ),
        ),
    )


def _answer(language: PaperLanguage, paper: StatementPaper) -> AnswerBand:
    say, show = language.say, language.format
    balances = [language.format.money(account.closing, account.currency) for account in paper.accounts]
    if not balances:
        balances = [show.money(0, paper.business.currency)]
    return AnswerBand(
        label=say("Balance on {date}", date=show.full(paper.last)),
        amount=language.joined(*balances),
        notes=tuple(_late(language, paper)),
        facts=tuple(_facts(language, paper)),
    )


def _late(language: PaperLanguage, paper: StatementPaper) -> Iterator[str]:
    say, late = language.say, False
    for account in paper.accounts:
        if overdue := sum(account.ages[1:]):
            late = True
            yield say("{amount} of it is overdue", amount=language.format.money(overdue, account.currency))
        if account.closing < 0:
            yield say("The balance is in your favor")
    if not late:
        yield say("Nothing is overdue")


def _facts(language: PaperLanguage, paper: StatementPaper) -> Iterator[Pair]:
    say, show = language.say, language.format
    yield say("First day"), show.full(paper.first)
    yield say("Last day"), show.full(paper.last)
    if paper.site:
        yield say("For"), paper.site
    if len(paper.accounts) == 1:
        (account,) = paper.accounts
        yield say("Charged"), show.money(account.charged, account.currency)
        yield say("Payments"), show.money(account.paid, account.currency)
        yield say("Open invoices"), str(len(account.items))


def _tables(
    language: PaperLanguage, paper: StatementPaper, account: StatementAccount
) -> Iterator[SheetTable]:
    say, show, several = language.say, language.format, len(paper.accounts) > 1

    def named(label: str) -> str:
        return language.joined(label, account.currency) if several else label

    yield _happened(language, paper, account, named(say("What happened")))
    if account.items:
        yield _open_invoices(language, account, named(say("Open invoices")))
    yield _by_age(language, account, named(say("By age")))
    if len(account.sites) > 1:
        yield SheetTable(
            label=named(say("By property")),
            columns=(say("Property"), say("Balance")),
            rows=tuple(
                SheetRow(cells=(label, show.money(amount, account.currency)))
                for label, amount in account.sites
            ),
        )


def _happened(
    language: PaperLanguage, paper: StatementPaper, account: StatementAccount, label: str
) -> SheetTable:
    say, show, currency = language.say, language.format, account.currency
    opening = (show.in_year(paper.first, paper.last), say("Opening balance"), "", "")
    closing = (
        show.in_year(paper.last, paper.last),
        say("Closing balance"),
        show.money(account.charged, currency),
        show.money(account.paid, currency),
    )
    return SheetTable(
        label=label,
        wide=1,
        columns=(say("Date"), say("What"), say("Charged"), say("Payments"), say("Balance")),
        rows=(
            SheetRow(cells=(*opening, show.money(account.opening, currency)), bold=True),
            *(_row(language, row, currency, paper.last) for row in account.rows),
            SheetRow(cells=(*closing, show.money(account.closing, currency)), bold=True),
        ),
    )


def _row(language: PaperLanguage, row: StatementRow, currency: str, last: date) -> SheetRow:
    """Its day names the year where that is not the last day's."""
    show = language.format
    charged = "" if row.charged is None else show.money(row.charged, currency)
    paid = "" if row.paid is None else show.money(row.paid, currency)
    day, balance = show.in_year(row.day, last), show.money(row.balance, currency)
    return SheetRow(cells=(day, row.what, charged, paid, balance))


def _open_invoices(language: PaperLanguage, account: StatementAccount, label: str) -> SheetTable:
    say, show, currency = language.say, language.format, account.currency
    return SheetTable(
        label=label,
        columns=(say("Invoice"), say("Due"), say("Total"), say("Left")),
        rows=tuple(
            SheetRow(
                cells=(
                    item.what,
                    show.full(item.due_on),
                    show.money(item.total, currency),
                    show.money(item.left, currency),
                )
            )
            for item in account.items
        ),
    )


def _by_age(language: PaperLanguage, account: StatementAccount, label: str) -> SheetTable:
    """What is owed by how late it is, less what the business holds too much of."""
    say, show, currency = language.say, language.format, account.currency
    columns = [
        say("Not due yet"),
        say("1–30 days late"),
        say("31–60 days late"),
        say("61–90 days late"),
        say("Over 90 days late"),
    ]
    amounts = [show.money(amount, currency) for amount in account.ages]
    if account.credit:
        columns.append(say("Credit"))
        amounts.append(show.money(-account.credit, currency))
    return SheetTable(
        label=label,
        columns=tuple(columns),
        rows=(SheetRow(cells=tuple(amounts)),),
    )
