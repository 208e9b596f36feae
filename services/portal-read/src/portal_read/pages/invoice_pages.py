"""The page of one invoice."""

from collections.abc import Sequence

from servicehub_events import Appointment

from portal_read.pages.appointment_item import appointment_items
from portal_read.pages.autopay_notice import autopay_notice
from portal_read.pages.autopay_tag import is_being_charged
from portal_read.pages.context import InvoiceView, PageContext
from portal_read.pages.invoice_facts import invoice_facts
from portal_read.pages.invoice_item import invoice_item
from portal_read.pages.invoice_notice import invoice_notice
from portal_read.pages.invoice_sums import sums_of
from portal_read.pages.language import language_of
from portal_read.pages.pay_forms import instead_form, invoice_form, why_not_online
from portal_read.pages.payment_instructions import instructions_of
from portal_read.pages.request_pages import write_url
from portal_read.pages.shell import page
from portal_read.pages.timeline import timeline


def invoice(ctx: PageContext, view: InvoiceView, appointments: Sequence[Appointment] = ()) -> str:
    """`appointments` are those of the invoice that the contact may see."""
    language = language_of(ctx)
    say = language.words.gettext
    form = None if is_being_charged(ctx, view) else invoice_form(ctx, language, view)
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
        autopay=autopay_notice(ctx, language, view),
        form=form,
        instead=instead_form(ctx, language, view),
        why_not_online=why_not_online(ctx, language, [view]) if view.money.payable else None,
        instructions=instructions_of(ctx, language, view),
        payable=view.money.payable > 0,
        sums=sums_of(language, view),
        steps=timeline(ctx, language, view),
        facts=invoice_facts(ctx, language, view),
        memo=view.invoice.memo,
        write_url=write_url(ctx, f"invoice:{view.invoice.invoice_id}"),
        file=f"{ctx.invoice_url(view.invoice.invoice_id)}/invoice.pdf",
        appointments=appointment_items(ctx, language, appointments),
    )
