"""How Stripe counts money: https://docs.stripe.com/currencies.

Its list is not ISO 4217's: the króna and the Ugandan shilling have two decimals here, which must be zero.
"""

from stand_in_stripe.errors import StripeError, invalid

_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
_THREE_DECIMAL = "bhd jod kwd omr tnd"
THREE_DECIMAL = frozenset(_THREE_DECIMAL.split())
_WHOLE_UNITS_ONLY = "isk ugx"
WHOLE_UNITS_ONLY = frozenset(_WHOLE_UNITS_ONLY.split())
_TWO_DECIMAL = """
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny
cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk
jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio
nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs
top try ttd twd tzs uah ugx usd uyu uzs wst xcd xcg yer zar zmw
"""
TWO_DECIMAL = frozenset(_TWO_DECIMAL.split())
MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
LARGEST = 99_999_999
SYMBOLS = {"usd": "$", "jpy": "¥", "eur": "€", "gbp": "£"}


def decimals(currency: str) -> int:
    """How many decimals Stripe's smallest unit stands for."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def check_currency(currency: str, param: str) -> str:
    """Return it in lower case. Raises StripeError for one that Stripe does not take."""
    lower = currency.lower()
    if lower not in ZERO_DECIMAL | TWO_DECIMAL | THREE_DECIMAL:
        raise invalid(param, f"Invalid currency: {lower}. Stripe does not currently support it.")
    return lower


def check_unit(amount: int, currency: str, param: str) -> None:
    """Raises StripeError for an amount that the currency can't express at Stripe."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_UNITS_ONLY else 1
    if amount % step:
        message = f"Invalid amount: {amount} {currency} must be a multiple of {step}."
        raise invalid(param, message, "parameter_invalid_integer")


def check_total(amount: int, currency: str) -> None:
    """Raises StripeError for a total outside of what can be charged."""
    least = MINIMUM.get(currency, 1)
    if amount < least:
        message = (
            "The Checkout Session's total amount due must add up to at least"
            f" {shown(least, currency)} {currency}"
        )
        raise StripeError(400, message, code="amount_too_small")
    if amount > LARGEST:
        message = (
            f"The Checkout Session's total amount must be no more than {shown(LARGEST, currency)} {currency}"
        )
        raise StripeError(400, message, code="amount_too_large")


def shown(amount: int, currency: str) -> str:
    """`1234567, "usd"` is `12,345.67`."""
    digits = decimals(currency)
    return f"{amount / 10**digits:,.{digits}f}" if digits else f"{amount:,}"


def money(amount: int, currency: str) -> str:
    """`$12.50`, `¥5,000`, `KWD 1.250`."""
    number = shown(amount, currency)
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{currency.upper()} {number}"
