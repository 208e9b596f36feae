"""Amounts as people read them."""

from servicehub_events.money import exponent, to_decimal

SYMBOLS = {"USD": "$", "JPY": "¥"}


def money(amount: int, currency: str) -> str:
    """`$12.50`, `¥5,000`, `EUR 3.00`."""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    sign = "−" if amount < 0 else ""
    return f"{sign}{symbol}{abs(to_decimal(amount, currency)):,.{exponent(currency)}f}"
