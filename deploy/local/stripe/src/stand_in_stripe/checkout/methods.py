"""Ways to pay: cards anywhere, konbini with yen in Japan."""

import msgspec

from stand_in_stripe.api.requests import CreateSession
from stand_in_stripe.currencies import shown
from stand_in_stripe.errors import invalid, not_here
from stand_in_stripe.shapes import Account, Json

CARD, KONBINI = "card", "konbini"
KONBINI_LEAST, KONBINI_MOST = 120, 300_000
"""Yen: https://docs.stripe.com/payments/konbini."""
MOST_DAYS = 60


def methods_of(wanted: CreateSession, account: Account, currency: str, total: int) -> list[str]:
    """What the page will offer: what was asked for, else what the account has. Raises StripeError."""
    for number, method in enumerate(wanted.payment_method_types):
        if method not in (CARD, KONBINI):
            raise not_here(f"payment_method_types[{number}]={method}")
    if KONBINI in wanted.payment_method_types:
        _check_konbini(account, currency, total)
    found = wanted.payment_method_types or [CARD, *_konbini_if_possible(account, currency, total)]
    offered = [method for method in found if method not in wanted.excluded_payment_method_types]
    if not offered:
        raise invalid("payment_method_types", "No valid payment method types for this Checkout Session.")
    return offered


def options_of(wanted: CreateSession) -> Json:
    """`payment_method_options` of the session. Raises StripeError."""
    options = wanted.payment_method_options
    if options is None:
        return {"card": {"request_three_d_secure": "automatic"}}
    if options.konbini and not 0 <= options.konbini.expires_after_days <= MOST_DAYS:
        about = "payment_method_options[konbini][expires_after_days]"
        raise invalid(about, f"This value must be between 0 and {MOST_DAYS}.", "parameter_invalid_integer")
    found: Json = {name: value for name, value in msgspec.to_builtins(options).items() if value}
    return {"card": {"request_three_d_secure": "automatic"}} | found


def _check_konbini(account: Account, currency: str, total: int) -> None:
    about = "payment_method_types"
    if currency != "jpy":
        message = (
            f"The currency provided ({currency}) is invalid for one of the payment method types: konbini."
        )
        raise invalid(about, message)
    if account.country != "JP":
        message = "The payment method type provided: konbini is invalid. It is for accounts in Japan."
        raise invalid(about, message)
    if not KONBINI_LEAST <= total <= KONBINI_MOST:
        limits = f"{shown(KONBINI_LEAST, 'jpy')} and {shown(KONBINI_MOST, 'jpy')}"
        raise invalid(about, f"Amounts paid by konbini must be between {limits} jpy.")


def _konbini_if_possible(account: Account, currency: str, total: int) -> list[str]:
    possible = currency == "jpy" and account.country == "JP" and KONBINI_LEAST <= total <= KONBINI_MOST
    return [KONBINI] if possible else []
