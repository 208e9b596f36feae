"""Payments in every state they come back in, and an invoice that takes part payments."""

from datetime import datetime, timedelta

import msgspec
import servicehub_events as e
from page_samples import disputed, disputed_twice, payment, refunded, view
from portal_read.pages import InvoiceView

# What billing says by flash cookie, `pay_amount_invalid` with parameters.
BILLING_CODES = (
    "pay_nothing_due",
    "pay_amount_invalid",
    "pay_amount_not_online",
    "pay_rest_too_small",
    "pay_tip_invalid",
    "pay_tip_not_taken",
    "pay_unavailable",
    "pay_slow",
    "pay_unconfirmed",
    "pay_not_online",
    "pay_not_allowed",
    "pay_second_proof",
    "pay_in_progress",
    "pay_one_currency",
    "pay_one_invoice",
    "pay_no_deposit",
    "pay_invoice_unknown",
    "pay_invalid",
    "pay_not_finished",
    "pay_failed",
    "paper_invalid",
    "receipt_none",
    "refund_note_none",
    "paper_unavailable",
    "card_removed",
    "card_unknown",
    "cards_not_kept",
    "cards_unavailable",
)
AT = datetime.fromisoformat("2026-11-20T10:41:09-05:00")

ACCEPTED = e.Clearing(decision="accepted", by="day shift", reason="agreed", at=AT)


def set_aside(paid: e.Payment, decision: e.ClearingDecision) -> e.Payment:
    """A payment of which another amount was taken, and that an operator decided not to count."""
    return msgspec.structs.replace(
        paid,
        status="failed",
        failure=e.Failure(code=decision, retryable=True),
        taken=e.Taken(amount=5000, currency="USD"),
        clearing=msgspec.structs.replace(ACCEPTED, decision=decision),
    )


def tipped(paid: e.Payment, amount: int = 1000) -> e.Payment:
    """With a tip beside the invoice."""
    return msgspec.structs.replace(paid, tip=e.Tip(amount=amount))


def tip_back(paid: e.Payment) -> e.Payment:
    """The tip went back with the one refund, or by itself where there is none."""
    tip, ids = paid.tip, [refund.refund_id for refund in paid.refunds] or ["re-tip"]
    assert tip
    back = e.TipRefund(refund_id=ids[0], amount=tip.amount, at=AT, status="succeeded")
    return msgspec.structs.replace(paid, tip=msgspec.structs.replace(tip, refunds=(back,)))


def takes_parts(of: InvoiceView, minimum: int = 1000) -> InvoiceView:
    part = e.PartialPayment(allowed=True, minimum=minimum)
    return view(msgspec.structs.replace(of.invoice, partial_payment=part), *of.payments)


def failed_by(voucher: e.Payment, code: str) -> e.Payment:
    return msgspec.structs.replace(voucher, status="failed", failure=e.Failure(code=code, retryable=True))


def with_attempt(paid: e.Payment, status: e.RefundStatus) -> e.Payment:
    """All of it was to go back, and has not arrived."""
    (refund,) = refunded(paid, paid.amount, AT).refunds
    return msgspec.structs.replace(paid, refund_attempts=(msgspec.structs.replace(refund, status=status),))


def with_note(paid: e.Payment, number: str, copies: int) -> e.Payment:
    """Its refund has a paper: of a lower price, or by the number's range of what was paid too much."""
    (refund,) = paid.refunds
    taxes = (e.LoweredTax(rate="10", net=refund.amount - 77, tax=77),)
    (share,) = refund.allocations
    lowered = (e.LoweredPrice(invoice_id=share.invoice_id, amount=refund.amount, taxes=taxes),)
    note = e.RefundNote(number=number, copies=copies, lowered=lowered if number.startswith("CN") else ())
    return msgspec.structs.replace(paid, refunds=(msgspec.structs.replace(refund, note=note),))


def payments_of(invoice: e.Invoice) -> dict[str, tuple[e.Payment, bool]]:
    """By what the result page makes of it: the payment, and whether this browser came back from paying it."""
    begun = msgspec.structs.replace(payment(invoice, 6850, "started", AT), method=None, contact_id="k-1")
    card = e.Method(type="card", brand="visa", last4="4242")
    paid = msgspec.structs.replace(begun, status="captured", method=card)
    voucher = msgspec.structs.replace(
        begun,
        status="processing",
        method=e.Method(type="konbini"),
        expires_at=AT + timedelta(days=3),
        instructions_url="https://payments.example/voucher/1",
    )
    receipt = e.PaymentReceipt(number="R-000318", copies=1)
    failure = e.Failure(code="card_declined", retryable=True)
    return {
        "confirming": (begun, True),
        "unfinished": (begun, False),
        "paid": (paid, True),
        "paid_tip": (tipped(paid), False),
        "paid_tip_refunded": (tip_back(refunded(tipped(paid), paid.amount, AT)), False),
        "paid_receipted": (msgspec.structs.replace(paid, receipt=receipt), False),
        "paid_refunded": (refunded(paid, 850, AT), False),
        "paid_refund_noted": (with_note(refunded(paid, 850, AT), "CN-000041", 0), False),
        "paid_refund_note_made": (with_note(refunded(paid, 850, AT), "CN-000041", 1), False),
        "paid_too_much_back": (with_note(refunded(paid, 850, AT), "RF-000007", 0), False),
        "paid_refund_note_void": (
            msgspec.structs.replace(
                paid,
                refund_attempts=tuple(
                    msgspec.structs.replace(refund, status="failed")
                    for refund in with_note(refunded(paid, 850, AT), "CN-000041", 1).refunds
                ),
            ),
            False,
        ),
        "paid_disputed": (disputed(paid), False),
        "checked": (msgspec.structs.replace(paid, review=e.Review(reason="amount")), True),
        "checked_amount": (
            msgspec.structs.replace(
                paid, review=e.Review(reason="amount"), taken=e.Taken(amount=5000, currency="USD")
            ),
            True,
        ),
        "checked_voucher": (msgspec.structs.replace(voucher, review=e.Review(reason="account")), False),
        "cleared_currency": (
            msgspec.structs.replace(paid, taken=e.Taken(amount=1000, currency="JPY"), clearing=ACCEPTED),
            False,
        ),
        "given_back": (set_aside(paid, "refunded"), False),
        "set_aside": (set_aside(paid, "released"), False),
        "unconfirmed": (
            msgspec.structs.replace(
                begun, status="failed", failure=e.Failure(code="unconfirmed", retryable=True)
            ),
            True,
        ),
        "voucher": (voucher, True),
        "processing": (
            msgspec.structs.replace(begun, status="processing", method=e.Method(type="customer_balance")),
            True,
        ),
        "failed": (msgspec.structs.replace(begun, status="failed", failure=failure), True),
        "paid_refunded_all": (refunded(paid, paid.amount, AT), False),
        "paid_lost": (disputed(paid, "lost"), False),
        "paid_won": (disputed(paid, "won"), False),
        "paid_lost_twice": (disputed_twice(paid, "lost"), False),
        "paid_lost_and_open": (disputed_twice(paid, "open"), False),
        "called_off": (
            msgspec.structs.replace(begun, status="expired", expires_at=AT + timedelta(hours=1)),
            False,
        ),
        "voucher_lapsed": (msgspec.structs.replace(voucher, status="expired"), False),
        "voucher_failed": (msgspec.structs.replace(voucher, status="failed", failure=failure), False),
        "voucher_called_off": (failed_by(voucher, "called_off"), False),
        "voucher_taken_back": (failed_by(voucher, "canceled"), False),
        "paid_refunding": (with_attempt(paid, "pending"), False),
        "paid_refund_asks": (with_attempt(paid, "requires_action"), False),
        "paid_refund_failed": (with_attempt(paid, "failed"), False),
        "paid_surplus": (
            msgspec.structs.replace(paid, surplus=e.Surplus(amount=850, handling="refund")),
            False,
        ),
        "paid_surplus_kept": (
            msgspec.structs.replace(paid, surplus=e.Surplus(amount=850, handling="credit")),
            False,
        ),
        "expired": (msgspec.structs.replace(begun, status="expired"), False),
    }
