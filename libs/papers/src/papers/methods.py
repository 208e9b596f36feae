"""How money came, in words: Visa ending 4242, konbini, check."""

from typing import Final

from chassis.words.catalogue import N_
from chassis.words.display import card_brand
from servicehub_events import Method, RecordedPayment

from papers.language import PaperLanguage

_WORDS: Final = {
    "card": N_("Card"),
    "konbini": N_("Konbini"),
    "bank_transfer": N_("Bank transfer"),
    "customer_balance": N_("Bank transfer"),
    "transfer": N_("Bank transfer"),
    "cash": N_("Cash"),
    "cheque": N_("Check"),
    "direct_debit": N_("Direct debit"),
    "e_money": N_("E-money"),
    "other": N_("Payment"),
}
_NAMES: Final = {"paypay": "PayPay", "paypal": "PayPal", "venmo": "Venmo", "zelle": "Zelle", "link": "Link"}


def method_name(language: PaperLanguage, method: Method | None) -> str:
    """Visa ending 4242; PayPay; what has no word here was paid online."""
    kind = method.type if method else ""
    if method and method.last4:
        brand = card_brand(method.brand) or language.say("Card")
        return language.say("{brand} ending {last4}", brand=brand, last4=method.last4)
    return _word(language, kind) or language.say("Online payment")


def recorded_method_name(language: PaperLanguage, payment: RecordedPayment) -> str:
    """Check; PayPal; gift card, where only the business has a word for it."""
    if payment.credit_of:
        return language.say("Credit of invoice {number}", number=payment.credit_of.number)
    return (
        _word(language, payment.means or "")
        or payment.means_name
        or _word(language, payment.method)
        or language.say("Payment")
    )


def _word(language: PaperLanguage, kind: str) -> str | None:
    if kind in _NAMES:
        return _NAMES[kind]
    return language.say(_WORDS[kind]) if kind in _WORDS else None
