"""Money: ISO 4217 exponents, exact conversion, and sharing out without losing a unit.

An amount is always an integer in the currency's minor unit; 5000 is ¥5,000 but $50.00.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF
CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU
UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE = "BHD IQD JOD KWD LYD OMR TND"
_FOUR = "CLF UYW"
_MOST_DIGITS = 18

EXPONENTS: Mapping[str, int] = MappingProxyType(
    {
        code: digits
        for codes, digits in ((_NONE, 0), (_TWO, 2), (_THREE, 3), (_FOUR, 4))
        for code in codes.split()
    }
)
"""Decimal places of each ISO 4217 currency. Where a processor counts otherwise, its adapter knows."""


def exponent(currency: str) -> int:
    """Decimal places of the currency. Raises ValueError for one that ISO 4217 does not list."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise ValueError(f"{currency} is not an ISO 4217 currency") from None


def to_decimal(amount: int, currency: str) -> Decimal:
    """Minor units as major units, exactly: `(1234, "USD")` is `Decimal("12.34")`."""
    return Decimal(amount).scaleb(-exponent(currency))


def from_decimal(value: Decimal | str, currency: str) -> int:
    """Major units as minor units. Raises ValueError for no number, or more decimals than the currency has."""
    try:
        minor = Decimal(value).scaleb(exponent(currency))
    except InvalidOperation:
        raise ValueError("not an amount of money") from None
    if minor.is_finite() and minor.adjusted() > _MOST_DIGITS:  # the integer would take minutes to make
        raise ValueError("more money than there is")
    if not minor.is_finite() or minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {exponent(currency)} decimals")
    return int(minor)


def allocate(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `amount` (>= 0) in proportion to `weights` (>= 0) by largest remainder; the earlier wins a tie.

    The parts sum to `amount`. Raises ValueError when there is something to share and every weight is zero.
    """
    whole = sum(weights)
    if amount < 0 or min(weights, default=0) < 0:
        raise ValueError("amount and weights must not be negative")
    if whole == 0:
        if amount:
            raise ValueError("nothing to share the amount over")
        return tuple(0 for _ in weights)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(amount * weights[i] % whole))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return tuple(parts)
