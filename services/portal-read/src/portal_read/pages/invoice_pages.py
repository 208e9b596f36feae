"""The list of invoices and the page of one invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from servicehub_events import Appointment, Invoice

from portal_read.pages.appointment_item import appointment_item
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.dashboard_page import count_by_state
from portal_read.pages.due_panel import due_panel
from portal_read.pages.invoice_item import invoice_item
from portal_read.pages.invoice_notice import invoice_notice
from portal_read.pages.language import Language, language_of
from portal_read.pages.pay_forms import invoice_form
from portal_read.pages.shell import page
from portal_read.pages.statement import addressed, recipient_of, statement_of
from portal_read.pages.timeline import timeline


@dataclass(frozen=True, slots=True)
class InvoiceFact:
    """`more` is a second line, such as an address or a registration number."""

    label: str
    text: str
    more: str | None = None


def invoices(ctx: PageContext, invoices: Sequence[InvoiceView], more: bool = False) -> str:
    """In the order given within "To pay" and "Settled"; `more` when older settled ones than the last exist.

    Those are asked for with `?before=<its issued_on>&id=<its id>`.
    """
    language = language_of(ctx)
    items = [invoice_item(ctx, language, view) for view in invoices]
    settled = [view.invoice for view in invoices if view.money.amount_due == 0]
    customer = ctx.customer
    return page(
        ctx,
        "invoices.html",
        language.words.gettext("Invoices"),
        here="invoices",
        billed_to=addressed(language, customer.display_name, customer) if customer else None,
        counts=count_by_state(language, invoices, with_settled=not more),
        due=due_panel(ctx, language, invoices),
        unpaid=[item for item in items if item.unpaid],
        settled=[item for item in items if not item.unpaid],
        older_url=_older_url(ctx, settled[-1]) if settled and more else None,
    )


def _older_url(ctx: PageContext, last: Invoice) -> str:
    query = urlencode({"before": last.issued_on.isoformat(), "id": last.invoice_id})
    return f"{ctx.root}/invoices?{query}"


def invoice(ctx: PageContext, view: InvoiceView, appointments: Sequence[Appointment] = ()) -> str:
    """`appointments` are those of the invoice that the contact may see."""
    language = language_of(ctx)
    say = language.words.gettext
    return page(
        ctx,
        "invoice.html",
        say("Invoice {number}", number=view.invoice.number),
        here="invoices",
        invoice=invoice_item(ctx, language, view),
        rest=language.format.money(view.money.amount_due, view.invoice.currency),
        as_of=language.format.time(ctx.as_of) if ctx.as_of else None,
        as_of_iso=ctx.as_of.isoformat() if ctx.as_of else None,
        deadline=invoice_notice(ctx, language, view),
        form=invoice_form(ctx, language, view),
        payable=view.money.payable > 0,
        statement=statement_of(language, view),
        steps=timeline(ctx, language, view),
        facts=_facts(ctx, language, view),
        memo=view.invoice.memo,
        appointments=[appointment_item(ctx, language, appointment) for appointment in appointments],
    )


def _facts(ctx: PageContext, language: Language, view: InvoiceView) -> list[InvoiceFact]:
    say, show, invoice = language.words.gettext, language.format, view.invoice
    facts: list[InvoiceFact] = []
    if name := recipient_of(language, invoice, ctx.customer):
        facts.append(
            InvoiceFact(say("Billed to"), name, invoice.recipient.address if invoice.recipient else None)
        )
    issuer = invoice.issuer
    number = issuer.registration_number
    details = [issuer.address or "", say("Registration number {number}", number=number) if number else ""]
    facts.append(
        InvoiceFact(say("From"), issuer.legal_name, "\n".join(line for line in details if line) or None)
    )
    facts.append(InvoiceFact(say("Invoice date"), show.full(invoice.issued_on)))
    facts.append(InvoiceFact(say("Due date"), show.full(invoice.due_on)))
    if invoice.site:
        facts.append(InvoiceFact(say("For"), invoice.site.label))
    return facts
