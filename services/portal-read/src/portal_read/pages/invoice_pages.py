"""The list of invoices and the page of one invoice."""

from collections.abc import Sequence
from urllib.parse import urlencode

from servicehub_events import Appointment, Invoice

from portal_read.pages.appointment_item import appointment_item
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.dashboard_page import count_by_state
from portal_read.pages.due_panel import due_panel
from portal_read.pages.invoice_facts import invoice_facts
from portal_read.pages.invoice_item import invoice_item
from portal_read.pages.invoice_notice import invoice_notice
from portal_read.pages.language import language_of
from portal_read.pages.pay_forms import instead_form, invoice_form, why_not_online
from portal_read.pages.payment_instructions import instructions_of
from portal_read.pages.shell import page
from portal_read.pages.statement import addressed, statement_of
from portal_read.pages.timeline import timeline


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
        instead=instead_form(ctx, language, view),
        why_not_online=why_not_online(ctx, language, [view]) if view.money.payable else None,
        instructions=instructions_of(ctx, language, view),
        payable=view.money.payable > 0,
        statement=statement_of(language, view),
        steps=timeline(ctx, language, view),
        facts=invoice_facts(ctx, language, view),
        memo=view.invoice.memo,
        file=f"{ctx.invoice_url(view.invoice.invoice_id)}/invoice.pdf",
        appointments=[appointment_item(ctx, language, appointment) for appointment in appointments],
    )
