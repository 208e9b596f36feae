"""How Stripe counts money: https://docs.stripe.com/currencies."""

import re
from decimal import Decimal

from stand_in_stripe.errors import StripeError, invalid, not_a_number
from stand_in_stripe.objects import FACTS

DECIMALS = {0: "zero_decimal", 3: "three_decimal"}
CURRENCIES: dict[str, set[str]] = {name: set(text.split()) for name, text in FACTS["currencies"].items()}
LARGEST = 99_999_999
SYMBOLS = {"usd": "$", "jpy": "¥", "eur": "€", "gbp": "£"}


def decimals(currency: str) -> int:
    """How many decimals Stripe's smallest unit stands for."""
    return next((digits for digits, name in DECIMALS.items() if currency in CURRENCIES[name]), 2)


def check_currency(currency: str, param: str) -> str:
    """Return it in lower case. Raises StripeError for one that Stripe does not take."""
    lower = currency.lower()
    if lower not in set[str]().union(*CURRENCIES.values()):
        raise invalid(param, f"Invalid currency: {lower}. Stripe does not currently support it.")
    return lower


def check_unit(amount: int, currency: str, param: str) -> None:
    """Raises StripeError for an amount that the currency can't express at Stripe."""
    step = 10 if decimals(currency) == 3 else 100 if currency in CURRENCIES["whole_units_only"] else 1
    if amount % step:
        raise not_a_number(param, f"Invalid amount: {amount} {currency} must be a multiple of {step}.")


def check_total(
    amount: int, currency: str, what: str = "The Checkout Session's total amount must be"
) -> None:
    """Raises StripeError for a total outside of what can be charged."""
    minimum = FACTS["minimum"].get(currency, 1)
    if amount < minimum:
        what = what.replace("amount must be", "amount due must add up to")
        raise _out_of_bounds(f"{what} at least {shown(minimum, currency)} {currency}", "amount_too_small")
    if amount > LARGEST:
        raise _out_of_bounds(f"{what} no more than {shown(LARGEST, currency)} {currency}", "amount_too_large")


def _out_of_bounds(message: str, code: str) -> StripeError:
    return StripeError(400, message, code=code)


def shown(amount: int, currency: str) -> str:
    """`1234567, "usd"` is `12,345.67`."""
    digits = decimals(currency)
    return f"{amount / 10**digits:,.{digits}f}" if digits else f"{amount:,}"


def money(amount: int | None, currency: str) -> str:
    """`$12.50`, `¥5,000`, `KWD 1.250`; of a session that only keeps a card, that."""
    if amount is None:
        return "a card to keep"
    number = shown(amount, currency)
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{currency.upper()} {number}"


def typed(amount: int, currency: str) -> str:
    """As a person types it: `1234567, "usd"` is `12345.67`."""
    return str(Decimal(amount).scaleb(-decimals(currency)))


def minor(text: str, currency: str) -> int:
    """What a person typed, in Stripe's smallest unit. Raises StripeError."""
    digits = decimals(currency)
    if not re.fullmatch(rf"\d{{1,8}}(\.\d{{1,{digits}}})?" if digits else r"\d{1,8}", text.strip()):
        raise invalid("amount", f"Type an amount in {currency.upper()}, such as {typed(1000, currency)}.")
    return int(Decimal(text.strip()).scaleb(digits))
