"""What the pages show of a business, in their order."""

from collections.abc import Iterable
from typing import NamedTuple

from servicehub_events import (
    Allocation,
    Appointment,
    Customer,
    Invoice,
    InvoiceMoney,
    Payment,
    invoice_money,
)

from stand_in_servicehub.desk import Desk
from stand_in_servicehub.payments import is_received
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.store import Row


class PaymentView(NamedTuple):
    """One payment in a list, which may mix businesses."""

    payment: Payment
    version: int
    profile: Profile
    customer: str

    @property
    def is_money(self) -> bool:
        """Whether money came or is on its way, unlike an attempt that is open or led to nothing."""
        return self.payment.status in ("captured", "processing")


class InvoiceView(NamedTuple):
    """An invoice with what is true of its money, and each payment made on it in the portal."""

    invoice: Invoice
    version: int
    money: InvoiceMoney
    paid: list[tuple[Payment, Allocation]]


class BusinessView(NamedTuple):
    """A business; what comes next is first, then the past backwards."""

    desk: Desk
    profile: Profile
    enabled: bool
    customers: list[Row[Customer]]
    visits: list[Row[Appointment]]
    invoices: list[InvoiceView]
    payments: list[PaymentView]
    names: dict[str, str]
    erased: int

    @property
    def takings(self) -> list[tuple[str, int, int]]:
        """What customers paid, before refunds: currency, amount in minor units, number of payments."""
        received = [row.payment for row in self.payments if is_received(row.payment)]
        currencies = sorted({payment.currency for payment in received})
        amounts = {name: [paid.amount for paid in received if paid.currency == name] for name in currencies}
        return [(currency, sum(each), len(each)) for currency, each in amounts.items()]


def view(desk: Desk) -> BusinessView:
    """The business as it stands."""
    store, profile, business_id = desk.store, desk.profile, desk.profile.business_id
    customers = store.living(business_id, Customer)
    names = {row.state.customer_id: row.state.display_name for row in customers}
    visits = sorted(store.living(business_id, Appointment), key=lambda row: row.state.window.start)
    payments = newest_first(
        PaymentView(row.state, row.version, profile, names.get(row.state.customer_id, row.state.customer_id))
        for row in store.living(business_id, Payment)
    )
    return BusinessView(
        desk=desk,
        profile=profile,
        enabled=bool(store.portal(business_id)),
        customers=customers,
        visits=[row for row in visits if row.state.window.end >= desk.now]
        + [row for row in visits[::-1] if row.state.window.end < desk.now],
        invoices=[_invoice(row, payments) for row in store.living(business_id, Invoice)[::-1]],
        payments=payments,
        names=names,
        erased=store.erased(business_id),
    )


def newest_first(payments: Iterable[PaymentView]) -> list[PaymentView]:
    """As the pages list them."""
    return sorted(payments, key=lambda row: (row.payment.occurred_at, row.payment.payment_id), reverse=True)


def _invoice(row: Row[Invoice], payments: list[PaymentView]) -> InvoiceView:
    paid = [
        (listed.payment, part)
        for listed in payments
        for part in listed.payment.allocations
        if part.invoice_id == row.state.invoice_id and listed.is_money
    ]
    money = invoice_money(row.state, [listed.payment for listed in payments])
    return InvoiceView(row.state, row.version, money, paid)
