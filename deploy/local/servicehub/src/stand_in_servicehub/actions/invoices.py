"""What can be done to invoices. The demo's invoices come about by the same functions."""

from datetime import date, timedelta
from itertools import count
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace
from servicehub_events import (
    Appointment,
    Deposit,
    Discount,
    Invoice,
    InvoiceIssued,
    InvoiceReference,
    InvoiceRevised,
    InvoiceSite,
    InvoiceVoided,
    InvoiceWrittenOff,
    PartialPayment,
    Recipient,
    RecordedMethod,
    RecordedPayment,
    RecordedRefund,
    as_event,
)
from servicehub_events.catalogue.scalars import Id

from stand_in_servicehub.actions import fields
from stand_in_servicehub.actions.action import Action
from stand_in_servicehub.actions.fields import NewLine, OfCustomer, OfInvoice, Switch, Text
from stand_in_servicehub.actions.sums import add_up, charge
from stand_in_servicehub.business import Desk
from stand_in_servicehub.errors import BadInput

NO_TAX = "0"
Lines = Annotated[tuple[NewLine, ...], Meta(min_length=1, max_length=100)]


@Action("invoice", "Issue an invoice")
def issue(
    desk: Desk,
    customer: OfCustomer,
    lines: Lines,
    due_in_days: fields.DueInDays = 14,
    deposit: fields.Deposit = None,
    deposit_in_days: fields.DepositInDays = 0,
    memo: fields.Memo = None,
    discounts: tuple[Discount, ...] = (),
    prices_include_tax: bool | None = None,
    recipient: Recipient | None = None,
    site: Text | None = None,
    appointment_ids: tuple[Id, ...] = (),
    number: Text | None = None,
    purchase_order: Text | None = None,
    service_on: date | None = None,
    service_until: date | None = None,
) -> InvoiceIssued:
    """Bill a customer.

    Prices are written in the business's own way, unless said otherwise.
    """
    for appointment_id in appointment_ids:
        desk.find(Appointment, appointment_id)
    profile, today = desk.profile, desk.today
    number = number or desk.next_id(Invoice, "inv-").removeprefix("inv-")
    inclusive = profile.prices_include_tax if prices_include_tax is None else prices_include_tax
    deposit_due = today + timedelta(days=deposit_in_days)
    return InvoiceIssued(
        business_id=profile.business_id,
        invoice_id=f"inv-{number}",
        number=number,
        customer_id=customer.customer_id,
        status="open",
        issued_on=today,
        due_on=today + timedelta(days=due_in_days),
        service_on=service_on,
        service_until=service_until,
        currency=profile.portal.currency,
        prices_include_tax=inclusive,
        **add_up(charge(profile, lines), discounts, prices_include_tax=inclusive),
        discounts=discounts,
        deposit=Deposit(amount=deposit, due_on=deposit_due) if deposit else None,
        recorded_payments=(),
        purchase_order=purchase_order,
        recipient=recipient,
        site=InvoiceSite(label=site) if site else None,
        issuer=profile.issuer,
        appointment_ids=appointment_ids,
        memo=memo,
    )


@Action("cash", "Record", when=("open",))
def record(
    desk: Desk,
    invoice: OfInvoice,
    amount: fields.Received = None,
    method: fields.Method = "cash",
    portal_payment_id: fields.Echo = None,
) -> InvoiceRevised:
    """Record money that came today, outside the portal."""
    amount = desk.money(invoice).amount_due if amount is None else amount
    if amount <= 0:
        name = invoice.invoice_id
        raise BadInput(f"All of {name} is paid or recorded already: give the amount if more was received.")
    return write_down(invoice, method, amount, desk.today, portal_payment_id)


@Action("use-credit", "Use the customer's credit", when=("open",))
def use_credit(desk: Desk, invoice: OfInvoice) -> list[InvoiceRevised]:
    """Take what was paid too much of the customer's other invoices off this one."""
    left = desk.money(invoice).payable
    if left <= 0:
        raise BadInput(f"Nothing can be taken off {invoice.invoice_id} now: it is paid, or being paid.")
    events, target = list[InvoiceRevised](), invoice
    for source in desk.living(Invoice, invoice.customer_id):
        if source.invoice_id == invoice.invoice_id or source.currency != invoice.currency:
            continue
        used, revised = _with_credit_used(source, min(left, desk.money(source).credit), invoice, desk.today)
        if used:
            left -= used
            origin = InvoiceReference(invoice_id=source.invoice_id, number=source.number)
            target = write_down(target, "other", used, desk.today, None, credit_of=origin)
            events.append(revised)
    if not events:
        raise BadInput(f"{invoice.customer_id} has no credit in {invoice.currency} that is written down.")
    return [as_event(InvoiceRevised, target), *events]  # first: nobody is asked for it meanwhile


def _with_credit_used(source: Invoice, amount: int, target: Invoice, on: date) -> tuple[int, InvoiceRevised]:
    """How much of the amount its entries can give, and the invoice after that."""
    used_for = InvoiceReference(invoice_id=target.invoice_id, number=target.number)
    entries, left = list[RecordedPayment](), amount
    names = (f"u-{number}" for number in count(1))
    taken = {refund.id for entry in source.recorded_payments for refund in entry.refunds}
    for entry in source.recorded_payments:
        part = min(left, entry.amount - sum(refund.amount for refund in entry.refunds))
        if part > 0:
            left -= part
            refund = RecordedRefund(
                id=next(name for name in names if name not in taken),
                amount=part,
                refunded_on=on,
                method="other",
                used_for=used_for,
            )
            entry = replace(entry, refunds=(*entry.refunds, refund))  # noqa: PLW2901 - it takes its place
        entries.append(entry)
    return amount - left, as_event(InvoiceRevised, source, recorded_payments=tuple(entries))


@Action("revise", "Revise", when=("open",))
def revise(
    desk: Desk,
    invoice: OfInvoice,
    lines: tuple[NewLine, ...] = (),
    total: fields.Total = None,
    due_on: fields.DueOn = None,
) -> InvoiceRevised:
    """Add lines, or change the total or due date.

    A total is brought about by one more line, untaxed.
    """
    if not lines and total is None and not due_on:
        raise BadInput("Nothing to revise: give lines, total, due_on, or several of them.")
    revised = _with_lines(desk, invoice, lines)
    if total is not None and total != revised.total:
        words = "調整額" if desk.profile.portal.default_locale == "ja" else "Adjustment"
        difference = NewLine(description=words, unit_price=total - revised.total, tax_rate=NO_TAX)
        revised = _with_lines(desk, revised, (difference,))
    return as_event(InvoiceRevised, revised, due_on=due_on or invoice.due_on)


@Action("part-payment", "Allow part payments", when=("open",), undo="Take part payments no longer")
def allow_part_payment(
    desk: Desk, invoice: OfInvoice, allowed: Switch = True, minimum: fields.Least = None
) -> InvoiceRevised:
    """Let an invoice be paid in parts, or no longer."""
    if minimum and not allowed:
        raise BadInput("A minimum makes sense only where part payments are allowed: leave it out.")
    if minimum and minimum > invoice.total:
        raise BadInput(f"The minimum is more than the total, {invoice.total}: give a lower one.")
    return as_event(InvoiceRevised, invoice, partial_payment=PartialPayment(allowed=allowed, minimum=minimum))


@Action("write-off", "Write off", when=("open",))
def write_off(desk: Desk, invoice: OfInvoice) -> InvoiceWrittenOff:
    """Give up collecting an invoice."""
    return as_event(InvoiceWrittenOff, invoice, status="uncollectible")


@Action("void", "Void", when=("open", "uncollectible"), grave=True)
def void(desk: Desk, invoice: OfInvoice) -> InvoiceVoided:
    """Withdraw an invoice."""
    return as_event(InvoiceVoided, invoice, status="void")


def write_down(
    invoice: Invoice,
    method: RecordedMethod,
    amount: int,
    on: date,
    portal_payment_id: str | None,
    credit_of: InvoiceReference | None = None,
) -> InvoiceRevised:
    """One more entry on the invoice, under the next free id: `r-3`."""
    taken = {entry.id for entry in invoice.recorded_payments}
    free = next(name for number in range(1, len(taken) + 2) if (name := f"r-{number}") not in taken)
    entry = RecordedPayment(
        id=free,
        method=method,
        amount=amount,
        received_on=on,
        portal_payment_id=portal_payment_id,
        credit_of=credit_of,
    )
    return as_event(InvoiceRevised, invoice, recorded_payments=(*invoice.recorded_payments, entry))


def _with_lines(desk: Desk, invoice: Invoice, new: tuple[NewLine, ...]) -> InvoiceRevised:
    lines = (*invoice.lines, *charge(desk.profile, new))
    sums = add_up(lines, invoice.discounts, prices_include_tax=invoice.prices_include_tax)
    return as_event(InvoiceRevised, invoice, **sums)
