"""What a person chose to pay becomes amounts, by our own rows alone: nothing of it is taken from the browser.

Only a part amount is typed, and it is held within what the business allows and what is payable.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from chassis.online_amounts import online_limits
from servicehub_events import Allocation, Business, Invoice, InvoiceMoney, Payment
from servicehub_events.money import from_decimal

from billing import errors

Pay = Literal["due", "balance", "deposit", "amount"]
# A comma groups by threes or it is a mistake: `12,50` must never be read as 1250.
_TYPED = re.compile(r"[¥$]?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})?(?:\.[0-9]{1,6})?)円?")


@dataclass(frozen=True, slots=True)
class AmountChoice:
    """`amount` goes with `amount` alone: an integer in minor units, or a text as a person typed it."""

    pay: Pay
    amount: int | str | None = None


@dataclass(frozen=True, slots=True)
class OwedInvoice:
    """An invoice with its money as it stands, read at `version`."""

    invoice: Invoice
    version: int
    money: InvoiceMoney


def today(business: Business, now: datetime) -> date:
    """The day it is where the business is."""
    return now.astimezone(ZoneInfo(business.time_zone)).date()


def currency_of(invoices: Sequence[OwedInvoice]) -> str:
    """The one currency of these invoices. Raises `OneCurrency`."""
    currencies = {owed.invoice.currency for owed in invoices}
    if len(currencies) != 1:
        raise errors.OneCurrency
    return currencies.pop()


def allocate(choice: AmountChoice, invoices: Sequence[OwedInvoice], today: date) -> tuple[Allocation, ...]:
    """How much goes to which invoice; `today` is the day in the business's zone.

    Raises `NothingDue` when one of them takes no money now, `NoDeposit`, `OneInvoice`, `AmountInvalid`, and
    `AmountNotOnline` or `RestTooSmall` when that sum, or what it leaves of an invoice, can't be paid online.
    """
    if any(owed.money.payable == 0 for owed in invoices):
        raise errors.NothingDue
    if choice.pay == "amount":
        parts = (_part(choice, invoices),)
    else:
        parts = tuple(allocation_of(owed, _share(choice, owed, today)) for owed in invoices)
    _check_online(parts, invoices)
    return parts


def _check_online(parts: Sequence[Allocation], invoices: Sequence[OwedInvoice]) -> None:
    currency = invoices[0].invoice.currency
    limits = online_limits(currency)
    if limits.fault_of(sum(part.amount for part in parts)):
        raise errors.AmountNotOnline
    for part, owed in zip(parts, invoices, strict=True):
        if limits.leaves_too_little(owed.money.payable, part.amount):
            rest = owed.money.payable - part.amount
            raise errors.RestTooSmall(rest=rest, minimum=limits.minimum, currency=currency)


def asks_too_much(payment: Payment, invoices: Sequence[OwedInvoice]) -> bool:
    """Whether a payment would take more of an invoice than is owed on it.

    One that is gone, or in another currency by now, owes nothing.
    """
    due = {
        owed.invoice.invoice_id: owed.money.amount_due
        for owed in invoices
        if owed.invoice.currency == payment.currency
    }
    return any(part.amount > due.get(part.invoice_id, 0) for part in payment.allocations)


def _share(choice: AmountChoice, owed: OwedInvoice, today: date) -> int:
    if choice.pay == "due":
        return owed.money.due_now(today)
    if choice.pay == "deposit":
        if owed.money.deposit_due == 0:
            raise errors.NoDeposit
        return min(owed.money.deposit_due, owed.money.payable)
    return owed.money.payable


def _part(choice: AmountChoice, invoices: Sequence[OwedInvoice]) -> Allocation:
    if len(invoices) != 1:
        raise errors.OneInvoice
    owed, money = invoices[0], invoices[0].money
    amount = minor_units(choice.amount, money.currency)
    least = online_limits(money.currency).least_part(money.least_payable, money.payable)
    if amount is None or not least <= amount <= money.payable:
        raise errors.AmountInvalid(minimum=least, maximum=money.payable, currency=money.currency)
    return allocation_of(owed, amount)


def minor_units(amount: int | str | None, currency: str) -> int | None:
    """What a person types, such as `5,000`, `¥5,000`, `５０００円` or `$12.50`; None when it is no amount."""
    if not isinstance(amount, str):
        return amount
    typed = _TYPED.fullmatch("".join(unicodedata.normalize("NFKC", amount).split()))
    try:
        return from_decimal(typed[1].replace(",", ""), currency) if typed else None
    except ValueError:
        return None


def allocation_of(owed: OwedInvoice, amount: int) -> Allocation:
    """A part of a payment that goes to an invoice, as that was read."""
    invoice = owed.invoice
    return Allocation(
        invoice_id=invoice.invoice_id,
        invoice_version=owed.version,
        amount=amount,
        issued_on=invoice.issued_on,
    )
