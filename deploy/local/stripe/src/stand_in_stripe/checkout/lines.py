"""The lines of a session, and what they cost."""

from stand_in_stripe.api.requests import CreateSession, Item
from stand_in_stripe.currencies import check_currency, check_unit
from stand_in_stripe.errors import invalid, missing
from stand_in_stripe.ids import new_id
from stand_in_stripe.shapes import LineItem, Price

MOST_LINES = 100


def currency_of(wanted: CreateSession) -> str:
    """The one currency of all lines, in lower case. Raises StripeError."""
    if not wanted.line_items:
        raise missing("line_items")
    if len(wanted.line_items) > MOST_LINES:
        raise invalid("line_items", f"A Checkout Session can have up to {MOST_LINES} line items.")
    currencies = [item.price_data.currency.lower() for item in wanted.line_items]
    if len({*currencies, (wanted.currency or currencies[0]).lower()}) > 1:
        raise invalid("line_items", "All line items of a Checkout Session must have the same currency.")
    return check_currency(currencies[0], "line_items[0][price_data][currency]")


def line_item(item: Item, number: int, currency: str, now: int) -> LineItem:
    """The line with its price. Raises StripeError for an amount that can't be."""
    path, amount = f"line_items[{number}]", item.price_data.unit_amount
    if item.quantity < 1:
        raise invalid(f"{path}[quantity]", "This value must be greater than or equal to 1.")
    if amount < 1:
        about = f"{path}[price_data][unit_amount]"
        raise invalid(about, "This value must be greater than or equal to 1.", "parameter_invalid_integer")
    check_unit(amount, currency, f"{path}[price_data][unit_amount]")
    product = item.price_data.product_data
    return LineItem(
        id=new_id("li"),
        amount_subtotal=amount * item.quantity,
        amount_total=amount * item.quantity,
        currency=currency,
        description=product.name,
        metadata=item.metadata,
        price=_price(item, currency, now),
        quantity=item.quantity,
    )


def _price(item: Item, currency: str, now: int) -> Price:
    amount = item.price_data.unit_amount
    return Price(
        id=new_id("price"),
        created=now,
        currency=currency,
        product=new_id("prod", 14),
        tax_behavior=item.price_data.tax_behavior,
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
