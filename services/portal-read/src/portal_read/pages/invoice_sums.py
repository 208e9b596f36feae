"""The accounting part of an invoice: lines, tax, what is held back, what was paid and what is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chassis.words.display import with_honorific
from chassis.words.formats import NBSP
from servicehub_events import Customer, Invoice, Line

from portal_read.pages.context import InvoiceView
from portal_read.pages.language import Language
from portal_read.pages.tax_rows import tax_notes, tax_of, tax_rows


@dataclass(frozen=True, slots=True)
class LineItem:
    description: str
    detail: str | None
    amount: str


@dataclass(frozen=True, slots=True)
class SumLine:
    label: str
    amount: str
    big: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceSums:
    """`notes` explain: the reduced-rate mark ※, why something is not taxed, how tax was rounded."""

    amount_heading: str
    lines: Sequence[LineItem]
    rows: Sequence[SumLine]
    notes: Sequence[str]


def sums_of(language: Language, view: InvoiceView) -> InvoiceSums:
    say, invoice = language.words.gettext, view.invoice
    reduced = _reduced_rates(invoice)
    rates = ", ".join(language.format.percent(str(rate)) for rate in sorted(reduced))
    return InvoiceSums(
        amount_heading=say("Amount, tax included")
        if invoice.prices_include_tax
        else say("Amount, before tax"),
        lines=[*_lines(language, invoice), *_discounts(language, invoice)],
        rows=list(_sums(language, view, reduced)),
        notes=[
            *([say("※ Reduced tax rate ({rates})", rates=rates)] if reduced else []),
            *tax_notes(language, invoice),
        ],
    )


def _reduced_rates(invoice: Invoice) -> set[Decimal]:
    return {Decimal(line.tax_rate) for line in invoice.lines if line.reduced_rate}


def _lines(language: Language, invoice: Invoice) -> Iterator[LineItem]:
    for line in invoice.lines:
        details = (
            _quantity(language, line, invoice.currency),
            _service(language, line),
            tax_of(language, invoice, line),
        )
        mark = " ※" if line.reduced_rate else ""
        detail = " · ".join(filter(None, details)) or None
        amount = language.format.money(line.amount, invoice.currency)
        yield LineItem(line.description + mark, detail, amount)


def _quantity(language: Language, line: Line, currency: str) -> str | None:
    """6 hours × $65.00; 2台 × ¥4,000; of one thing, only what it is counted in."""
    show = language.format
    counted = show.number(line.quantity)
    if line.unit:
        close = show.japanese and not line.unit.isascii()  # 2台, but 6 hours
        counted = f"{counted}{'' if close else NBSP}{line.unit}"
    if Decimal(line.quantity) == 1:
        return counted if line.unit else None
    return f"{counted} × {show.money(line.unit_price, currency)}"


def _service(language: Language, line: Line) -> str | None:
    """Nov 3; 11月1日〜11月28日."""
    show, first, last = language.format, line.service_on, line.service_until
    if first is None:
        return None
    days = [show.in_year(day, language.today) for day in (first, last) if day]
    return ("〜" if show.japanese else " – ").join(dict.fromkeys(days))


def _discounts(language: Language, invoice: Invoice) -> Iterator[LineItem]:
    for discount in invoice.discounts:
        amount = language.format.money(-discount.amount, invoice.currency)
        yield LineItem(discount.description, language.words.gettext("Discount"), amount)


def _sums(language: Language, view: InvoiceView, reduced: set[Decimal]) -> Iterator[SumLine]:
    say, invoice, money = language.words.gettext, view.invoice, view.money

    def shown(amount: int) -> str:
        return language.format.money(amount, invoice.currency)

    net = sum(group.net for group in invoice.tax_groups)
    yield SumLine(say("Before tax"), shown(net))
    for row in tax_rows(language, invoice, reduced):
        yield SumLine(row.label, row.amount)
    yield SumLine(say("Total with tax"), shown(invoice.total))
    yield from _held_back(language, view)
    if money.received:
        yield SumLine(say("Paid so far"), shown(-money.received))
    if money.refunded:
        yield SumLine(say("Refunded"), shown(money.refunded))
    if money.lost:
        yield SumLine(say("Taken back by your bank"), shown(money.lost))
    if money.credit:
        yield SumLine(say("Credit in your favor"), shown(money.credit))
    label = say("Left to pay") if money.received else say("Amount due")
    yield SumLine(label, shown(money.amount_due), big=True)


def _held_back(language: Language, view: InvoiceView) -> Iterator[SumLine]:
    """What of the total is not to be paid: credit notes, and tax that the payer withholds."""
    say, show, invoice = language.words.gettext, language.format, view.invoice
    for note in invoice.credit_notes:
        label = say(
            "Credit note {number}, {date}",
            number=note.number,
            date=show.in_year(note.issued_on, language.today),
        )
        yield SumLine(label, show.money(-note.total, invoice.currency))
    for part in invoice.withholdings:
        label = say(
            "{name} {rate} on {amount}",
            name=part.name or say("Withholding tax"),
            rate=show.percent(part.rate),
            amount=show.money(part.base, invoice.currency),
        )
        yield SumLine(label, show.money(-part.amount, invoice.currency))
    if invoice.status == "open" and (invoice.credit_notes or invoice.withholdings):
        yield SumLine(say("To be paid"), show.money(view.money.asked, invoice.currency))


def recipient_of(language: Language, invoice: Invoice, customer: Customer | None) -> str | None:
    """宛名: the name on the invoice, else the customer's own, with the honorific Japanese wants."""
    if recipient := invoice.recipient:
        return addressed(language, recipient.name, customer, recipient.honorific)
    return addressed(language, customer.display_name, customer) if customer else None


def addressed(language: Language, name: str, customer: Customer | None, honorific: str | None = None) -> str:
    """高橋 由美 様; organisations get 御中; English names stay as they are."""
    if not language.format.japanese or customer is None:
        return name
    organisation = customer.kind == "organisation"
    return with_honorific(name, honorific or customer.honorific, organisation=organisation)
