"""What a person chose to pay becomes amounts, by our own rows alone: nothing of it is taken from the browser.

Only a part amount is typed, and it is held within what the business allows and what is payable.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from servicehub_events import Allocation, Invoice, InvoiceMoney
from servicehub_events.money import from_decimal

from billing import errors

Pay = Literal["due", "balance", "deposit", "amount"]
# A comma groups by threes or it is a mistake: `12,50` must never be read as 1250.
_TYPED = re.compile(r"[¥$]?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})?(?:\.[0-9]{1,6})?)円?")


@dataclass(frozen=True, slots=True)
class Choice:
    """`amount` goes with `amount` alone: an integer in minor units, or a text as a person typed it."""

    pay: Pay
    amount: int | str | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """An invoice with its money as it stands, read at `version`."""

    invoice: Invoice
    version: int
    money: InvoiceMoney


def currency_of(owed: Sequence[Owed]) -> str:
    """The one currency of these invoices. Raises `OneCurrency`."""
    currencies = {one.invoice.currency for one in owed}
    if len(currencies) != 1:
        raise errors.OneCurrency
    return currencies.pop()


def allocate(choice: Choice, owed: Sequence[Owed], today: date) -> tuple[Allocation, ...]:
    """How much goes to which invoice; `today` is the day in the business's zone.

    Raises `NothingDue` when one of them takes no money now, `NoDeposit`, `OneInvoice`, `AmountInvalid`.
    """
    if any(one.money.payable == 0 for one in owed):
        raise errors.NothingDue
    if choice.pay == "amount":
        return (_part(choice, owed),)
    return tuple(_allocation(one, _share(choice, one, today)) for one in owed)


def _share(choice: Choice, one: Owed, today: date) -> int:
    if choice.pay == "due":
        return one.money.due_now(today)
    if choice.pay == "deposit":
        if one.money.deposit_due == 0:
            raise errors.NoDeposit
        return min(one.money.deposit_due, one.money.payable)
    return one.money.payable


def _part(choice: Choice, owed: Sequence[Owed]) -> Allocation:
    if len(owed) != 1:
        raise errors.OneInvoice
    one, rule = owed[0], owed[0].invoice.partial_payment
    whole = one.money.payable
    least = min(rule.minimum or 1, whole) if rule and rule.allowed else whole
    amount = _minor_units(choice.amount, one.invoice.currency)
    if amount is None or not least <= amount <= whole:
        raise errors.AmountInvalid(minimum=least, maximum=whole, currency=one.invoice.currency)
    return _allocation(one, amount)


def _minor_units(given: int | str | None, currency: str) -> int | None:
    """What a person types, such as `5,000`, `¥5,000`, `５０００円` or `$12.50`; None when it is no amount."""
    if not isinstance(given, str):
        return given
    typed = _TYPED.fullmatch("".join(unicodedata.normalize("NFKC", given).split()))
    try:
        return from_decimal(typed[1].replace(",", ""), currency) if typed else None
    except ValueError:
        return None


def _allocation(one: Owed, amount: int) -> Allocation:
    return Allocation(invoice_id=one.invoice.invoice_id, invoice_version=one.version, amount=amount)
