"""Commands about customers and the portal."""

from typing import Annotated

import typer

from stand_in_servicehub.send.client import Business, Customer, post

Email = Annotated[str | None, typer.Option(help="An address to sign in with.")]
Phone = Annotated[str | None, typer.Option(help="E.164, such as +12125550199.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command in {
        "register": register,
        "access": access,
        "contact": contact,
        "erase": erase,
        "portal": portal,
    }.items():
        app.command(name)(command)


def register(
    business: Business,
    name: Annotated[str, typer.Option(help="Of the customer.")],
    email: Email = None,
    phone: Phone = None,
    locale: Annotated[str | None, typer.Option(help="en or ja.")] = None,
) -> None:
    """Take on a customer."""
    post(business, "register", display_name=name, email=email, phone=phone, locale=locale)


def access(business: Business, customer: Customer, on: Annotated[bool, typer.Option("--on/--off")]) -> None:
    """Give or withdraw access to the portal."""
    post(business, "access", customer_id=customer, allowed=on)


def contact(
    business: Business,
    customer: Customer,
    contact: Annotated[str, typer.Option(help="Id of the contact, such as p-1.")],
    email: Email = None,
    phone: Phone = None,
) -> None:
    """Change how a contact is reached."""
    post(business, "contact", customer_id=customer, contact_id=contact, email=email, phone=phone)


def erase(business: Business, customer: Customer) -> None:
    """Erase a customer with its visits and invoices, for ever."""
    post(business, "erase", customer_id=customer)


def portal(business: Business, on: Annotated[bool, typer.Option("--on/--off")]) -> None:
    """Switch the business's portal on or off."""
    post(business, "portal", enabled=on)
