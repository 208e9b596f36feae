"""Commands about invoices. Amounts are in minor units: 1250 is $12.50, and ¥1,250."""

from typing import Annotated

import typer

from stand_in_servicehub.send.client import Business, Customer, Invoice, post

MINOR = "in minor units: 1250 is $12.50, and ¥1,250"
TaxRate = Annotated[str | None, typer.Option(help="Percent, such as 8.875; left out, the usual one.")]
Quantity = Annotated[str, typer.Option(help="A decimal number, such as 2.5.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command in {
        "invoice": invoice,
        "revise": revise,
        "part-payment": part_payment,
        "cash": cash,
        "void": void,
        "write-off": write_off,
    }.items():
        app.command(name)(command)


def invoice(
    business: Business,
    customer: Customer,
    description: Annotated[str, typer.Option(help="What it is for.")],
    unit_price: Annotated[int, typer.Option(help=f"Price of one, {MINOR}.")],
    quantity: Quantity = "1",
    tax_rate: TaxRate = None,
    due_in_days: Annotated[int, typer.Option(help="Days from today.")] = 14,
    deposit: Annotated[int | None, typer.Option(help=f"Due at once, {MINOR}.")] = None,
) -> None:
    """Issue an invoice with one line."""
    line = _line(description, quantity, unit_price, tax_rate)
    post(business, "invoice", customer_id=customer, lines=[line], due_in_days=due_in_days, deposit=deposit)


def revise(
    business: Business,
    invoice: Invoice,
    description: Annotated[str | None, typer.Option(help="What the added line is for.")] = None,
    unit_price: Annotated[int, typer.Option(help=f"Its price, {MINOR}; negative takes off.")] = 0,
    quantity: Quantity = "1",
    tax_rate: TaxRate = None,
    total: Annotated[int | None, typer.Option(help=f"A new total, higher or lower, {MINOR}.")] = None,
    due_on: Annotated[str | None, typer.Option(help="A new due date, such as 2026-12-24.")] = None,
) -> None:
    """Add a line to an invoice, raise or lower its total, or move its due date."""
    lines = [_line(description, quantity, unit_price, tax_rate)] if description else []
    post(business, "revise", invoice_id=invoice, lines=lines, total=total, due_on=due_on)


def part_payment(
    business: Business,
    invoice: Invoice,
    on: Annotated[bool, typer.Option("--on/--off")],
    minimum: Annotated[int | None, typer.Option(help=f"The least that may be paid, {MINOR}.")] = None,
) -> None:
    """Let the customer pay a part of an invoice, or no longer."""
    post(business, "part-payment", invoice_id=invoice, allowed=on, minimum=minimum)


def cash(
    business: Business,
    invoice: Invoice,
    amount: Annotated[int | None, typer.Option(help=f"Left out, all that is left; {MINOR}.")] = None,
    method: Annotated[str, typer.Option(help="cash, cheque, transfer or other.")] = "cash",
    portal_payment: Annotated[str | None, typer.Option(help="Echo of this payment of the portal.")] = None,
) -> None:
    """Record money that came outside the portal."""
    post(
        business,
        "cash",
        invoice_id=invoice,
        amount=amount,
        method=method,
        portal_payment_id=portal_payment,
    )


def void(business: Business, invoice: Invoice) -> None:
    """Withdraw an invoice."""
    post(business, "void", invoice_id=invoice)


def write_off(business: Business, invoice: Invoice) -> None:
    """Give up collecting an invoice."""
    post(business, "write-off", invoice_id=invoice)


def _line(description: str, quantity: str, unit_price: int, tax_rate: str | None) -> dict[str, object]:
    line: dict[str, object] = {"description": description, "quantity": quantity, "unit_price": unit_price}
    return line | ({"tax_rate": tax_rate} if tax_rate else {})
