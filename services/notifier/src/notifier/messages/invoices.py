"""What a contact is told of an invoice, as an email and a text message. Pure: same input, same bytes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from notifier.domain.asking import InvoiceBalance
from notifier.domain.facts import CreditNoteFacts, InvoiceFacts
from notifier.domain.invoice_news import changes
from notifier.domain.kinds import InvoiceKind
from notifier.messages.brand import one_line
from notifier.messages.email import EmailText
from notifier.messages.payment_rows import FactRow, labelled
from notifier.messages.payment_words import card_in_words
from notifier.messages.payments import email_like_a_payment, sms_like_a_payment
from notifier.messages.style import MessageStyle
from notifier.messages.templates import render

_LONGEST_WHAT = 60


@dataclass(frozen=True, slots=True)
class InvoiceNews:
    """An invoice as `kind` of message: how it stands, how its reader was `told` of it last, the credit note
    that the message is about, and the day where the business is.
    """

    kind: InvoiceKind
    invoice_id: str
    facts: InvoiceFacts
    balance: InvoiceBalance
    told: InvoiceFacts | None
    note: CreditNoteFacts | None
    today: date


@dataclass(frozen=True, slots=True)
class InvoiceWords:
    """Finished words; empty for what does not apply. `change` is the most telling difference; `roomy`: a text
    message of this language has room for more than the most needed.
    """

    number: str
    what: str
    total: str
    was_total: str
    left: str
    day: str
    was_day: str
    short_day: str
    sms_day: str
    deposit: str
    deposit_day: str
    deposit_short_day: str
    rest: str
    paid_on: str
    paid_by: str
    change: str
    paid_in: bool
    credit: str
    kept: str
    going_back: str
    held_back: bool
    roomy: bool


def invoice_email(style: MessageStyle, news: InvoiceNews) -> EmailText:
    """The email. Its button pays what is to be paid now, if its reader may."""
    words, page = _words(style, news), style.link("invoices", news.invoice_id)
    asked = news.balance.asked(news.facts, news.today) if news.kind != "credit_note" else 0
    pay_link = style.pay_link(news.invoice_id, asked, news.facts.currency) if asked else None
    action = "credit_note" if news.kind == "credit_note" else "invoice"
    see = render(style.locale, "layout", "invoice_button.txt", action=action, amount="").strip()
    button = see
    if pay_link:
        amount = style.formatter.money(asked, news.facts.currency)
        button = render(style.locale, "layout", "invoice_button.txt", action="pay", amount=amount).strip()
    return email_like_a_payment(
        news.kind,
        style,
        asdict(words),
        rows=labelled(style, _rows(style, news, words), "invoice_label.txt"),
        url=pay_link or page,
        button=button,
        beside=(see, page) if pay_link else None,
    )


def invoice_sms(style: MessageStyle, news: InvoiceNews) -> str:
    """The text message."""
    return sms_like_a_payment(news.kind, style, asdict(_words(style, news)))


def _words(style: MessageStyle, news: InvoiceNews) -> InvoiceWords:
    facts, told, balance, show = news.facts, news.told, news.balance, style.formatter
    differs = changes(told, facts) if told else ()
    deposit_day = facts.deposit_due_on if balance.deposit else None

    def money(amount: int) -> str:
        return show.money(amount, facts.currency) if amount else ""

    def day(of: date | None) -> str:
        if of is None:
            return ""
        if of.year != news.today.year:
            return show.full_with_weekday(of)
        return show.short_with_weekday(of) if show.japanese else show.with_weekday(of)

    def short(of: date | None) -> str:
        return show.month_day(of) if of else ""

    received, before = facts.received or 0, (told.received or 0) if told else 0
    return InvoiceWords(
        number=one_line(facts.number),
        what=_what(style, facts),
        total=show.money(facts.total, facts.currency),
        was_total=show.money(told.total, facts.currency) if told and "total" in differs else "",
        left=money(balance.left),
        day=day(facts.due_on),
        was_day=day(told.due_on) if told and "due" in differs else "",
        short_day=short(facts.due_on),
        sms_day=short(facts.due_on) if show.japanese else show.short_with_weekday(facts.due_on),
        deposit=money(balance.deposit),
        deposit_day=day(deposit_day),
        deposit_short_day=short(deposit_day),
        rest=money(balance.left - balance.deposit) if balance.deposit else "",
        paid_on=day(balance.paid_on),
        paid_by=card_in_words(style, balance.paid_by),
        change=differs[0] if differs else "",
        paid_in=received > before,
        credit=money(news.note.total) if news.note else "",
        kept=money(balance.kept),
        going_back=money(balance.going_back),
        held_back=balance.on_its_way,
        roomy=not show.japanese,
    )


def _what(style: MessageStyle, facts: InvoiceFacts) -> str:
    """What it is for, within a sentence: Window cleaning and 2 more on November 24."""
    if not facts.lines:
        return ""
    show = style.formatter
    return render(
        style.locale,
        "layout",
        "invoice_what.txt",
        line=one_line(facts.lines[0], _LONGEST_WHAT),
        more=facts.line_count - 1,
        day=show.month_day(facts.service_on) if facts.service_on else "",
    ).strip()


def _rows(style: MessageStyle, news: InvoiceNews, words: InvoiceWords) -> Iterator[FactRow]:
    facts, is_void = news.facts, news.kind == "invoice_voided"
    match news.kind:
        case "invoice_issued":
            yield FactRow("total", words.total)
            yield FactRow("left", words.left if words.left != words.total else "")
            yield FactRow("due", words.day)
        case "deposit_asked":
            yield FactRow("deposit", words.deposit)
            yield FactRow("due", words.deposit_day)
            yield FactRow("then", _text(style, "rest", words.rest, words.day) if words.rest else "")
        case "invoice_changed":
            yield FactRow("total", words.total, former=words.was_total)
            yield FactRow("left", words.left or _text(style, "nothing"))
            yield FactRow("due", words.day if words.left else "", former=words.was_day)
        case "invoice_voided":
            yield FactRow("was", words.total, gone=True)
            yield FactRow("paid", _text(style, "kept", words.kept) if words.kept else "")
            yield FactRow("paid", _text(style, "going_back", words.going_back) if words.going_back else "")
            yield FactRow("replaced", one_line(facts.replaced_by))
        case "credit_note":
            yield FactRow("credit", words.credit)
            yield FactRow("credit_number", one_line(news.note.number) if news.note else "")
            yield FactRow("left", words.left)
    if not is_void and news.kind != "credit_note":
        yield FactRow("for", _lines(style, facts))
    yield FactRow("number", words.number)


def _lines(style: MessageStyle, facts: InvoiceFacts) -> str:
    lines: Sequence[str] = [one_line(line, _LONGEST_WHAT) for line in facts.lines]
    more = facts.line_count - len(lines)
    return render(style.locale, "layout", "invoice_lines.txt", lines=lines, more=more).strip()


def _text(style: MessageStyle, about: str, amount: str = "", day: str = "") -> str:
    return render(style.locale, "layout", "invoice_fact.txt", about=about, amount=amount, day=day).strip()
