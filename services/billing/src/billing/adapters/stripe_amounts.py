"""Amounts as Stripe counts them: its smallest unit is ISO 4217's, but for some currencies.

Source: Stripe, "Supported currencies", zero-decimal, three-decimal and special cases.
"""

from chassis.online_amounts import digits_more_at_stripe
from servicehub_events.money import exponent


def to_wire(amount: int, currency: str) -> int:
    """Minor units (ISO 4217) as Stripe counts. Raises ValueError for an amount that it cannot be told."""
    wire = _shifted(amount, digits_more_at_stripe(currency))
    if exponent(currency) == 3 and wire % 10:
        raise ValueError(f"Stripe takes {currency} in steps of ten of its smallest unit")
    return wire


def from_wire(amount: int, currency: str) -> int:
    """What Stripe counts as minor units (ISO 4217). Raises ValueError for a part of one."""
    return _shifted(amount, -digits_more_at_stripe(currency))


def _shifted(amount: int, digits: int) -> int:
    if digits >= 0:
        return amount * 10**digits
    whole, rest = divmod(amount, 10**-digits)
    if rest:
        raise ValueError("a part of the smallest unit")
    return whole
