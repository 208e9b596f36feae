"""How something was paid, in words: Visa ending 4242, at a konbini, by bank transfer."""

from typing import Final

from chassis.words.catalogue import N_, Words
from chassis.words.display import card_brand
from servicehub_events import Method

_METHODS: Final = {
    "card": N_("Card"),
    "konbini": N_("Konbini"),
    "bank_transfer": N_("Bank transfer"),
    "customer_balance": N_("Bank transfer"),
}
_PAID_BY: Final = {
    "konbini": N_("{amount} at a konbini"),
    "bank_transfer": N_("{amount} by bank transfer"),
    "customer_balance": N_("{amount} by bank transfer"),
    "paypay": N_("{amount} by PayPay"),
    "card": N_("{amount} by card"),
}


def method_name(words: Words, method: Method | None) -> str | None:
    """Visa ending 4242; Konbini; None for a method we have no word for."""
    if method is None:
        return None
    if method.last4:
        return words.gettext("{brand} ending {last4}", brand=_brand(words, method), last4=method.last4)
    if method.type == "paypay":
        return "PayPay"
    return words.gettext(_METHODS[method.type]) if method.type in _METHODS else None


def paid_by(words: Words, method: Method | None, amount: str) -> str:
    """A shown amount together with how it was paid."""
    if method and method.last4:
        brand = _brand(words, method)
        return words.gettext(
            "{amount} by {brand} ending {last4}", amount=amount, brand=brand, last4=method.last4
        )
    return words.gettext(
        _PAID_BY.get(method.type if method else "", N_("{amount} paid online")), amount=amount
    )


def _brand(words: Words, method: Method) -> str:
    return card_brand(method.brand) or words.gettext("card")
