"""Writes the demo's invoices: the texts and numbers are given, the sums follow."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicehub_events import (
    Deposit,
    Discount,
    Invoice,
    InvoiceSite,
    InvoiceStatus,
    Line,
    PartialPayment,
    Recipient,
    RecordedMethod,
    RecordedPayment,
)

from stand_in_servicehub.arithmetic import sums
from stand_in_servicehub.demo.calendar import Calendar
from stand_in_servicehub.profile import Profile


@dataclass(frozen=True)
class Biller:
    """Bills in the name of one business; days are offsets from today."""

    profile: Profile
    calendar: Calendar

    def bill(
        self,
        number: int,
        customer_id: str,
        lines: Sequence[Line],
        *,
        issued: int,
        due: int,
        status: InvoiceStatus = "open",
        discounts: Sequence[Discount] = (),
        deposit: tuple[int, int] | None = None,
        partial: PartialPayment | None = None,
        paid: Sequence[RecordedPayment] = (),
        recipient: Recipient | None = None,
        site: str | None = None,
        visits: Sequence[str] = (),
        memo: str | None = None,
        prices_include_tax: bool | None = None,
    ) -> Invoice:
        """The invoice `inv-{number}`. `deposit` is (amount in minor units, day it is due)."""
        inclusive = self.profile.prices_include_tax if prices_include_tax is None else prices_include_tax
        groups, total = sums(lines, discounts, prices_include_tax=inclusive)
        return Invoice(
            business_id=self.profile.business_id,
            invoice_id=f"inv-{number}",
            number=str(number),
            customer_id=customer_id,
            status=status,
            issued_on=self.calendar.day(issued),
            due_on=self.calendar.day(due),
            currency=self.profile.portal.currency,
            prices_include_tax=inclusive,
            lines=tuple(lines),
            discounts=tuple(discounts),
            tax_groups=groups,
            total=total,
            deposit=Deposit(amount=deposit[0], due_on=self.calendar.day(deposit[1])) if deposit else None,
            partial_payment=partial,
            recorded_payments=tuple(paid),
            recipient=recipient,
            site=InvoiceSite(label=site) if site else None,
            issuer=self.profile.issuer,
            appointment_ids=tuple(visits),
            memo=memo,
        )

    def received(self, payment_id: str, method: RecordedMethod, amount: int, day: int) -> RecordedPayment:
        """Money the business took itself."""
        return RecordedPayment(
            id=payment_id, method=method, amount=amount, received_on=self.calendar.day(day)
        )
