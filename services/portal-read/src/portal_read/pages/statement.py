"""The accounting part of an invoice: lines, tax per rate, what was paid and what is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from servicehub_events import Customer, Invoice

from portal_read.pages.context import InvoiceView
from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class StatementLine:
    description: str
    detail: str | None
    amount: str


@dataclass(frozen=True, slots=True)
class SumLine:
    label: str
    amount: str
    big: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """`legend` explains the reduced-rate mark ※ and is None when no line carries it."""

    amount_heading: str
    lines: Sequence[StatementLine]
    sums: Sequence[SumLine]
    legend: str | None


def statement_of(language: Language, view: InvoiceView) -> Statement:
    say, invoice = language.words.gettext, view.invoice
    reduced = _reduced_rates(invoice)
    rates = ", ".join(language.format.percent(str(rate)) for rate in sorted(reduced))
    return Statement(
        amount_heading=say("Amount, tax included")
        if invoice.prices_include_tax
        else say("Amount, before tax"),
        lines=[*_lines(language, invoice), *_discounts(language, invoice)],
        sums=list(_sums(language, view, reduced)),
        legend=say("※ Reduced tax rate ({rates})", rates=rates) if reduced else None,
    )


def _reduced_rates(invoice: Invoice) -> set[Decimal]:
    return {Decimal(line.tax_rate) for line in invoice.lines if line.reduced_rate}


def _lines(language: Language, invoice: Invoice) -> Iterator[StatementLine]:
    show = language.format
    for line in invoice.lines:
        details: list[str] = []
        if Decimal(line.quantity) != 1:
            details.append(f"{show.number(line.quantity)} × {show.money(line.unit_price, invoice.currency)}")
        if Decimal(line.tax_rate) == 0:
            details.append(language.words.gettext("no tax"))
        mark = " ※" if line.reduced_rate else ""
        yield StatementLine(
            line.description + mark, " · ".join(details) or None, show.money(line.amount, invoice.currency)
        )


def _discounts(language: Language, invoice: Invoice) -> Iterator[StatementLine]:
    for discount in invoice.discounts:
        amount = language.format.money(-discount.amount, invoice.currency)
        yield StatementLine(discount.description, language.words.gettext("Discount"), amount)


def _sums(language: Language, view: InvoiceView, reduced: set[Decimal]) -> Iterator[SumLine]:
    say, invoice, money = language.words.gettext, view.invoice, view.money

    def shown(amount: int) -> str:
        return language.format.money(amount, invoice.currency)

    yield from _tax_lines(language, invoice, reduced)
    yield SumLine(say("Total with tax"), shown(invoice.total))
    if money.received:
        yield SumLine(say("Paid so far"), shown(-money.received))
    if money.refunded:
        yield SumLine(say("Refunded"), shown(money.refunded))
    if money.lost:
        yield SumLine(say("Taken back by your bank"), shown(money.lost))
    if money.credit:
        yield SumLine(say("Credit in your favor"), shown(money.credit))
    yield SumLine(say("Left to pay"), shown(money.amount_due), big=True)


def _tax_lines(language: Language, invoice: Invoice, reduced: set[Decimal]) -> Iterator[SumLine]:
    """One line per rate, tax rounded once per rate as it came; a rate of nothing taxed is left out."""
    say, show, currency = language.words.gettext, language.format, invoice.currency
    net = sum(group.net for group in invoice.tax_groups)
    yield SumLine(say("Before tax"), show.money(net, currency))
    for group in invoice.tax_groups:
        mark = "※" if Decimal(group.rate) in reduced else ""
        net_shown = show.money(group.net, currency)
        label = say(
            "Tax {rate}{mark} on {amount}", rate=show.percent(group.rate), mark=mark, amount=net_shown
        )
        yield SumLine(label, show.money(group.tax, currency))


def recipient_of(language: Language, invoice: Invoice, customer: Customer | None) -> str | None:
    """宛名: the name on the invoice, else the customer's own, with the honorific Japanese wants."""
    if invoice.recipient:
        return addressed(language, invoice.recipient.name, customer)
    return addressed(language, customer.display_name, customer) if customer else None


def addressed(language: Language, name: str, customer: Customer | None) -> str:
    """高橋 由美 様; organisations get 御中; English names stay as they are."""
    if not language.format.japanese or customer is None:
        return name
    honorific = customer.honorific or ("御中" if customer.kind == "organisation" else "様")
    return name if name.endswith((honorific, "御中", "様")) else f"{name} {honorific}"
