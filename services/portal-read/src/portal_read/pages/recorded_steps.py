"""What a business wrote down of money, in words: a payment outside the portal, and what of it went back."""

from typing import Final

from chassis.words.catalogue import N_, Words
from servicehub_events import RecordedPayment, RecordedRefund

_METHODS: Final = {
    "cash": N_("{amount} in cash"),
    "cheque": N_("{amount} by check"),
    "transfer": N_("{amount} by bank transfer"),
    "other": N_("{amount} paid"),
}
_MEANS: Final = {
    "card": N_("{amount} by card"),
    "direct_debit": N_("{amount} by direct debit"),
    "e_money": N_("{amount} by e-money"),
    "konbini": N_("{amount} at a konbini"),
    "paypal": N_("{amount} by PayPal"),
    "paypay": N_("{amount} by PayPay"),
    "venmo": N_("{amount} by Venmo"),
    "zelle": N_("{amount} by Zelle"),
}
_GIVEN_BACK: Final = {
    "cash": N_("{amount} refunded in cash"),
    "cheque": N_("{amount} refunded by check"),
    "transfer": N_("{amount} refunded by bank transfer"),
    "other": N_("{amount} refunded"),
}


def recorded_as(words: Words, payment: RecordedPayment, amount: str) -> str:
    """$30.00 in cash; by PayPal; by what the business calls it, where we have no word for that."""
    if payment.credit_of:
        return words.gettext(
            "{amount} from your credit of invoice {number}", amount=amount, number=payment.credit_of.number
        )
    if payment.means in _MEANS:
        return words.gettext(_MEANS[payment.means], amount=amount)
    if payment.means_name:
        return words.gettext("{amount} by {means}", amount=amount, means=payment.means_name)
    return words.gettext(_METHODS[payment.method], amount=amount)


def given_back_as(words: Words, payment: RecordedPayment, refund: RecordedRefund, amount: str) -> str:
    """$30.00 refunded in cash; used for another invoice, where it was a credit."""
    if refund.used_for:
        number = refund.used_for.number
        return words.gettext("{amount} used for invoice {number}", amount=amount, number=number)
    return words.gettext(_GIVEN_BACK[refund.method or payment.method], amount=amount)
