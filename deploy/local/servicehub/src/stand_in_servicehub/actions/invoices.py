"""What happens to invoices."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from servicehub_events import (
    Deposit,
    Invoice,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceStatus,
    InvoiceVoided,
    InvoiceWrittenOff,
    Line,
    PartialPayment,
    RecordedPayment,
    as_event,
)

from stand_in_servicehub.actions.commands import (
    AllowPartPayment,
    InvoiceCommand,
    IssueInvoice,
    NewLine,
    RecordPayment,
    ReviseInvoice,
)
from stand_in_servicehub.arithmetic import line, sums
from stand_in_servicehub.bookkeeping import next_entry_id
from stand_in_servicehub.core import Core, Outcome
from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.profile import Profile

NO_TAX = "0"


async def issue(core: Core, profile: Profile, command: IssueInvoice) -> Outcome:
    """Bill a customer, in the business's own way of writing prices."""
    customer = core.customer(profile.business_id, command.customer_id)
    for appointment_id in command.appointment_ids:
        core.appointment(profile.business_id, appointment_id)
    lines = _lines(profile, command.lines)
    groups, total = sums(lines, (), prices_include_tax=profile.prices_include_tax)
    invoice_id, today = core.next_id(profile.business_id, "invoice", "inv-"), core.today(profile)
    invoice = InvoiceIssued(
        business_id=profile.business_id,
        invoice_id=invoice_id,
        number=invoice_id.removeprefix("inv-"),
        customer_id=customer.customer_id,
        status="open",
        issued_on=today,
        due_on=today + timedelta(days=command.due_in_days),
        currency=profile.portal.currency,
        prices_include_tax=profile.prices_include_tax,
        lines=lines,
        tax_groups=groups,
        total=total,
        deposit=Deposit(amount=command.deposit, due_on=today) if command.deposit else None,
        recorded_payments=(),
        issuer=profile.issuer,
        appointment_ids=command.appointment_ids,
        memo=command.memo,
    )
    return await core.publish(invoice)


async def revise(core: Core, profile: Profile, command: ReviseInvoice) -> Outcome:
    """Add lines, raise or lower the total, move the due date."""
    if not command.lines and command.total is None and not command.due_on:
        raise BadInput("Nothing to revise: give lines, total, due_on, or several of them.")
    invoice = _invoice(core, profile, command, ("open",))
    lines = (*invoice.lines, *_lines(profile, command.lines))
    groups, total = sums(lines, invoice.discounts, prices_include_tax=invoice.prices_include_tax)
    if command.total is not None and command.total != total:
        lines = (*lines, _adjustment(profile, command.total - total))
        groups, total = sums(lines, invoice.discounts, prices_include_tax=invoice.prices_include_tax)
    due_on = command.due_on or invoice.due_on
    event = as_event(InvoiceRevised, invoice, lines=lines, tax_groups=groups, total=total, due_on=due_on)
    return await core.publish(event)


async def allow_part_payment(core: Core, profile: Profile, command: AllowPartPayment) -> Outcome:
    """Switch on or off that the customer may pay a part."""
    invoice = _invoice(core, profile, command, ("open",))
    if command.minimum and not command.allowed:
        raise BadInput("A minimum makes sense only where part payments are allowed: leave it out.")
    if command.minimum and command.minimum > invoice.total:
        raise BadInput(f"The minimum is more than the total, {invoice.total}: give a lower one.")
    partial = PartialPayment(allowed=command.allowed, minimum=command.minimum)
    return await core.publish(as_event(InvoiceRevised, invoice, partial_payment=partial))


async def record_payment(core: Core, profile: Profile, command: RecordPayment) -> Outcome:
    """Write down money that was received today."""
    invoice = _invoice(core, profile, command, ("open",))
    amount = command.amount if command.amount is not None else core.money(invoice).amount_due
    if amount <= 0:
        raise BadInput(
            f"All of {invoice.invoice_id} is paid or recorded already: give the amount if more was received."
        )
    received = RecordedPayment(
        id=next_entry_id(invoice),
        method=command.method,
        amount=amount,
        received_on=core.today(profile),
        portal_payment_id=command.portal_payment_id,
    )
    payments = (*invoice.recorded_payments, received)
    return await core.publish(as_event(InvoiceRevised, invoice, recorded_payments=payments))


async def void(core: Core, profile: Profile, command: InvoiceCommand) -> Outcome:
    """Withdraw an invoice."""
    invoice = _invoice(core, profile, command, ("open", "uncollectible"))
    return await core.publish(as_event(InvoiceVoided, invoice, status="void"))


async def write_off(core: Core, profile: Profile, command: InvoiceCommand) -> Outcome:
    """Give up collecting."""
    invoice = _invoice(core, profile, command, ("open",))
    return await core.publish(as_event(InvoiceWrittenOff, invoice, status="uncollectible"))


def _invoice(
    core: Core, profile: Profile, command: InvoiceCommand, allowed: Collection[InvoiceStatus]
) -> Invoice:
    invoice = core.invoice(profile.business_id, command.invoice_id)
    if invoice.status not in allowed:
        raise BadInput(
            f"{invoice.invoice_id} is {invoice.status}; this can be done to an invoice that is"
            f" {' or '.join(allowed)}."
        )
    return invoice


def _lines(profile: Profile, new: Sequence[NewLine]) -> tuple[Line, ...]:
    return tuple(_line(profile, each) for each in new)


def _adjustment(profile: Profile, amount: int) -> Line:
    words = "調整額" if profile.portal.default_locale == "ja" else "Adjustment"
    return line(words, "1", amount, NO_TAX)


def _line(profile: Profile, new: NewLine) -> Line:
    rate = new.tax_rate or profile.tax_rates[0]
    reduced = rate in profile.reduced_rates
    return line(new.description, new.quantity, new.unit_price, rate, reduced=reduced)
