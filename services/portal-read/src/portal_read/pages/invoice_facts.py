"""The facts of an invoice: the parties with their numbers, its days, and what else is printed on it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from servicehub_events import Invoice, TaxId

from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_sums import recipient_of
from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """`more` is further lines, such as an address or a registration number."""

    label: str
    text: str
    more: str | None = None


def invoice_facts(ctx: PageContext, language: Language, view: InvoiceView) -> list[InvoiceFact]:
    invoice = view.invoice
    facts = [*_parties(ctx, language, invoice), *_days(language, invoice), *_changes(language, invoice)]
    if invoice.purchase_order:
        facts.append(InvoiceFact(language.words.gettext("Purchase order"), invoice.purchase_order))
    if invoice.site:
        facts.append(InvoiceFact(language.words.gettext("For"), invoice.site.label))
    return facts


def period(language: Language, first: date, last: date | None) -> str:
    """November 1, 2026 – November 28, 2026; 2026年11月1日〜2026年11月28日."""
    show = language.format
    if last is None or last == first:
        return show.full(first)
    return f"{show.full(first)}{'〜' if show.japanese else ' – '}{show.full(last)}"


def _parties(ctx: PageContext, language: Language, invoice: Invoice) -> Iterator[InvoiceFact]:
    say, recipient, issuer = language.words.gettext, invoice.recipient, invoice.issuer
    if name := recipient_of(language, invoice, ctx.customer):
        details = [recipient.department, recipient.address, *_numbers(recipient.tax_ids)] if recipient else []
        yield InvoiceFact(say("Billed to"), name, _lines(details))
    name = issuer.legal_name
    if issuer.trading_name and issuer.trading_name != name:
        name = say("{legal}, trading as {trading}", legal=name, trading=issuer.trading_name)
    yield InvoiceFact(say("From"), name, _lines(_of_issuer(language, invoice)))


def _of_issuer(language: Language, invoice: Invoice) -> Iterator[str | None]:
    say, issuer = language.words.gettext, invoice.issuer
    yield issuer.address
    yield issuer.phone
    if number := issuer.registration_number:
        yield say("Registration number {number}", number=number)
    yield from _numbers(issuer.tax_ids)
    if number := issuer.company_number:
        yield say("Company number {number}", number=number)
    if issuer.registered_office:
        yield say("Registered office: {address}", address=issuer.registered_office)


def _numbers(tax_ids: Iterable[TaxId]) -> Iterator[str]:
    return (f"{tax_id.name} {tax_id.value}" for tax_id in tax_ids)


def _lines(lines: Iterable[str | None]) -> str | None:
    return "\n".join(line for line in lines if line) or None


def _days(language: Language, invoice: Invoice) -> Iterator[InvoiceFact]:
    say, show = language.words.gettext, language.format
    yield InvoiceFact(say("Invoice date"), show.full(invoice.issued_on))
    if first := invoice.service_on:
        several = invoice.service_until not in (None, first)
        label = say("Service dates") if several else say("Service date")
        yield InvoiceFact(label, period(language, first, invoice.service_until))
    if invoice.tax_point:
        yield InvoiceFact(say("Tax point"), show.full(invoice.tax_point))
    yield InvoiceFact(say("Due date"), show.full(invoice.due_on))


def _changes(language: Language, invoice: Invoice) -> Iterator[InvoiceFact]:
    say, show = language.words.gettext, language.format
    if revision := invoice.revision:
        text = say("{date} (revision {number})", date=show.full(revision.on), number=str(revision.number))
        yield InvoiceFact(say("Revised"), text, revision.reason)
    if voiding := invoice.voiding:
        yield InvoiceFact(say("Void since"), show.full(voiding.on), voiding.reason)
