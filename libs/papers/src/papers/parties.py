"""Whom a paper is for and who issues it, with the numbers that tax law wants to see."""

from collections.abc import Iterable
from datetime import date

from chassis.words.display import display_phone, with_honorific
from chassis.words.formats import NBSP
from servicehub_events import Business, Customer, Invoice, Issuer

from papers.language import PaperLanguage
from papers.sheet import Pair, Party


def recipient_of(language: PaperLanguage, label: str, invoice: Invoice, customer: Customer | None) -> Party:
    """宛名: whom the invoice names, else the customer, with the honorific that Japanese wants."""
    named = invoice.recipient
    if named is None:
        name = addressed(language, customer.display_name, customer) if customer else ""
        return Party(label=label, name=name)
    return Party(
        label=label,
        name=addressed(language, named.name, customer, named.honorific),
        lines=(*_lines(named.department), *_lines(named.address)),
        numbers=tuple((tax_id.name, tax_id.value) for tax_id in named.tax_ids),
    )


def addressed(
    language: PaperLanguage, name: str, customer: Customer | None, honorific: str | None = None
) -> str:
    """高橋 由美 様; organisations get 御中; English names stay as they are."""
    if not language.format.japanese:
        return name
    organisation = customer is not None and customer.kind == "organisation"
    asked = honorific or (customer.honorific if customer else None)
    return with_honorific(name, asked, organisation=organisation, between=NBSP)


def issuer_of(language: PaperLanguage, label: str, business: Business, issuer: Issuer | None) -> Party:
    """Who issues it, as the invoice says; without one, as the business calls itself."""
    if issuer is None or not issuer.legal_name.strip():
        support = business.support
        return Party(
            label=label,
            name=business.legal_name or business.name,
            lines=(*_lines(business.postal_address), *_reached(language, business), *_lines(support.email)),
        )
    say = language.say
    office, number = issuer.registered_office, issuer.company_number
    return Party(
        label=label,
        name=_trading(language, issuer),
        lines=(
            *_lines(issuer.address or business.postal_address),
            *(_lines(issuer.phone) or _reached(language, business)),
            *_lines(business.support.email),
            *_lines(office and say("Registered office: {address}", address=office)),
            *_lines(number and say("Company number {number}", number=number)),
        ),
        numbers=tuple(_numbers(language, issuer)),
    )


def qualified(invoice: Invoice) -> bool:
    """Whether Japan takes it for a qualified invoice: a T-number, tax in yen, and the day of supply."""
    return (
        invoice.issuer.registration_number is not None
        and invoice.currency == "JPY"
        and supplied(invoice) is not None
    )


def supplied(invoice: Invoice) -> tuple[date, date | None] | None:
    """The day or days of supply (取引年月日): the invoice's own, else from first to last of its lines."""
    if invoice.service_on:
        return invoice.service_on, invoice.service_until
    days = [day for line in invoice.lines for day in (line.service_on, line.service_until) if day]
    if not days or any(line.service_on is None for line in invoice.lines):
        return None
    return min(days), max(days)


def _trading(language: PaperLanguage, issuer: Issuer) -> str:
    legal, trading = issuer.legal_name, issuer.trading_name
    if not trading or trading == legal:
        return legal
    return language.say("{legal}, trading as {trading}", legal=legal, trading=trading)


def _numbers(language: PaperLanguage, issuer: Issuer) -> Iterable[Pair]:
    if issuer.registration_number:
        yield language.say("Registration number"), issuer.registration_number
    for tax_id in issuer.tax_ids:
        yield tax_id.name, tax_id.value


def _reached(language: PaperLanguage, business: Business) -> tuple[str, ...]:
    phone = business.support.phone
    return (display_phone(phone, language.country),) if phone else ()


def _lines(text: str | None) -> tuple[str, ...]:
    """Its lines, as people wrote them."""
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())
