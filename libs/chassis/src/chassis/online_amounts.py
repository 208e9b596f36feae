"""Which amounts can be paid online in one payment: pages offer no others, and billing begins no others.

Source: Stripe, "Supported currencies": minimum and maximum charge amounts, three-decimal currencies, special
cases (https://docs.stripe.com/currencies). A minimum that is not listed there depends on the account's own
currency, and is left to Stripe. More digits than eight are taken in few currencies, and asked for by nobody.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from servicehub_events.money import exponent

INVOICES_AT_ONCE: Final = 100
"""Lines of one Checkout Session."""

_LARGEST_AT_STRIPE: Final = 99_999_999
_DIGITS_AT_STRIPE: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
"""ISK and UGX have no minor unit, and are sent with two decimals all the same; MGA has one, and is not."""
_MINIMA: Final = {
    "AED": 200,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}

OutOfBounds = Literal["too_small", "too_large", "not_a_step"]


class OnlineLimits(NamedTuple):
    """Of one payment, in minor units (ISO 4217): an amount is a multiple of `step`."""

    minimum: int
    maximum: int
    step: int

    def fault_of(self, amount: int) -> OutOfBounds | None:
        """Why this amount cannot be paid at once; None when it can."""
        if amount < self.minimum:
            return "too_small"
        if amount > self.maximum:
            return "too_large"
        return "not_a_step" if amount % self.step else None

    def least_part(self, least: int, payable: int) -> int:
        """The smallest part of what is payable that can be paid at once, where `least` is the business's."""
        return max(least, min(self.minimum, payable))

    def leaves_too_little(self, payable: int, amount: int) -> bool:
        """Whether this part of it leaves a rest that cannot be paid online."""
        return 0 < payable - amount < self.minimum


def online_limits(currency: str) -> OnlineLimits:
    """The limits of a currency (ISO 4217)."""
    digits = digits_more_at_stripe(currency)
    step = 10 if exponent(currency) == 3 else 10 ** max(0, -digits)
    largest = _LARGEST_AT_STRIPE * 10 ** max(0, -digits) // 10 ** max(0, digits)
    return OnlineLimits(_MINIMA.get(currency, step), largest - largest % step, step)


def digits_more_at_stripe(currency: str) -> int:
    """How many decimals more Stripe counts than ISO 4217; below zero, how many fewer."""
    return _DIGITS_AT_STRIPE.get(currency, exponent(currency)) - exponent(currency)


def count_at_once(amounts: Sequence[int], currency: str) -> int:
    """How many of these, in their order, one payment can pay together; at least one, if there is one."""
    maximum = online_limits(currency).maximum
    sums = accumulate(amounts[:INVOICES_AT_ONCE])
    return max(sum(total <= maximum for total in sums), min(len(amounts), 1))
