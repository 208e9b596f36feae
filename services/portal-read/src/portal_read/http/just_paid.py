"""What this browser paid a moment ago: shown as processing until the rows know of it.

billing names it in a signed cookie on the way back from the payment page, so that the payer never sees the
old balance, however far the projector is behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

import msgspec
from servicehub_events import Invoice, InvoiceMoney, Payment, invoice_money
from starlette.requests import Request

from portal_read.context import Context
from portal_read.pages import InvoiceView

JustPaid = Mapping[str, frozenset[str]]
"""Payment id → ids of the invoices it pays."""

NOTHING: Final[JustPaid] = {}
_OWED: Final = ("due", "partly_paid")


def read_just_paid(ctx: Context, request: Request, business_id: str) -> JustPaid:
    """What the cookie of this business names; nothing when there is none, or it is forged or too old."""
    value = ctx.just_paid(business_id).read(request.cookies)
    payments: object = value.get("payments") if value else None
    if not isinstance(payments, dict):
        return NOTHING
    named = cast(Mapping[object, object], payments)
    return {str(key): _texts(ids) for key, ids in named.items()}


def _texts(values: object) -> frozenset[str]:
    return frozenset(map(str, cast(Iterable[object], values))) if isinstance(values, list) else frozenset()


def with_money(invoice: Invoice, payments: Sequence[Payment], just_paid: JustPaid) -> InvoiceView:
    """An invoice, those of the payments that touch it, and what follows from both."""
    own = [
        _as_paid(payment, just_paid)
        for payment in payments
        if any(share.invoice_id == invoice.invoice_id for share in payment.allocations)
    ]
    money = invoice_money(invoice, own)
    known = {payment.payment_id for payment in own}
    unknown = any(invoice.invoice_id in ids and key not in known for key, ids in just_paid.items())
    return InvoiceView(invoice, own, _claimed(money) if unknown else money)


def _as_paid(payment: Payment, just_paid: JustPaid) -> Payment:
    """An attempt that was only begun, for all the rows know, but this browser came back from paying it."""
    if payment.status == "started" and payment.payment_id in just_paid:
        return msgspec.structs.replace(payment, status="processing")
    return payment


def _claimed(money: InvoiceMoney) -> InvoiceMoney:
    """Not payable again; how much is on its way only the payment's row could say."""
    return replace(
        money, payable=0, least_payable=0, state="processing" if money.state in _OWED else money.state
    )
