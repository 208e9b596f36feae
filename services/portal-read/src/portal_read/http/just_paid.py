"""What this browser paid a moment ago: shown as processing until the rows know of it.

billing names each in a signed cookie on the way back from the payment page, so that the payer never sees the
old balance, however far the projector is behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from chassis.web.cookies import PaymentCookies
from servicehub_events import Invoice, InvoiceMoney, Payment, invoice_money
from starlette.requests import Request
from starlette.responses import Response

from portal_read.context import Context
from portal_read.pages import InvoiceView
from portal_read.read_model import StoredRow

JustPaid = Mapping[str, frozenset[str]]
"""Payment id → ids of the invoices it pays."""

NOTHING: Final[JustPaid] = {}
_OWED: Final = ("due", "partly_paid")
_UNKNOWN: Final = (None, "started")


class _Standing(msgspec.Struct):
    status: str


def read_just_paid(ctx: Context, request: Request, business_id: str) -> JustPaid:
    """What the cookies of this business name; nothing when there are none."""
    return PaymentCookies(ctx.settings.cookie_signing_keys, business_id).read(request.cookies)


def forget_known(
    ctx: Context, response: Response, business_id: str, just_paid: JustPaid, rows: Iterable[StoredRow]
) -> None:
    """Take back the cookies of payments whose rows say what became of them."""
    cookies = PaymentCookies(ctx.settings.cookie_signing_keys, business_id)
    for payment_id in {row.id for row in rows if row.id in just_paid and _status(row) not in _UNKNOWN}:
        cookies.clear(response, payment_id)


def _status(row: StoredRow) -> str | None:
    """None for a row that cannot be read."""
    try:
        return msgspec.json.decode(row.state or b"", type=_Standing).status
    except msgspec.DecodeError:
        return None


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
