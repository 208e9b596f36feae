"""Which messages the events of a payment make, when each may leave, and whether it is still true. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from servicehub_events import (
    DisputeClosed,
    DisputeStatus,
    Payment,
    PaymentCaptured,
    PaymentCleared,
    PaymentDisputed,
    PaymentExpired,
    PaymentFailed,
    PaymentFlagged,
    PaymentProcessing,
    PaymentRefunded,
    RefundFailed,
    TipRefunded,
)

from notifier.domain.invoice_standing import InvoiceStanding, is_asked_for, open_amount
from notifier.domain.kinds import PaymentKind
from notifier.domain.payment_facts import PaymentFacts

KONBINI_ZONE: Final = ZoneInfo("Asia/Tokyo")
"""Where the deadline of a voucher is counted, wherever the business is."""
OF_AN_OPEN_VOUCHER: Final[Sequence[PaymentKind]] = ("voucher_issued", "voucher_reminder")
"""What nobody waits for any more once the payment has gone on."""
_REMIND_AT: Final = time(10)
_REMIND_LATEST: Final = timedelta(hours=6)
_AFTER_ISSUE: Final = timedelta(hours=12)

Notice = tuple[PaymentKind, str]
"""A kind, and the refund or dispute that it is about: empty for what is about the payment."""


def notices_of(event: Payment, facts: PaymentFacts, former: PaymentFacts | None) -> Sequence[Notice]:
    """What an event tells, `former` being what was known before it."""
    match event:
        case PaymentCaptured():
            return [("receipt", "")]
        case PaymentProcessing():
            return [(kind, "") for kind in OF_AN_OPEN_VOUCHER] if facts.is_voucher else []
        case PaymentFailed(autopay=True) | PaymentExpired(autopay=True):
            return []  # autopay tells it, and what comes next
        case PaymentFailed() | PaymentExpired():
            return [(_ended(facts), "")] if facts.method else []  # else it was told on the page
        case PaymentFlagged():
            return [("payment_being_checked", "")]
        case PaymentCleared():
            return [("payment_cleared", "")]
        case PaymentRefunded() | RefundFailed() | TipRefunded():
            return list(_refunds(facts, former))
        case PaymentDisputed() | DisputeClosed() if facts.dispute:
            return [(_disputed(facts.dispute.status), facts.dispute.dispute_id)]
        case _:
            return []


def _ended(facts: PaymentFacts) -> PaymentKind:
    if not facts.is_voucher:
        return "payment_failed"
    return "voucher_called_off" if _ended_early(facts) else "voucher_lapsed"


def _ended_early(facts: PaymentFacts) -> bool:
    return facts.expires_at is not None and facts.at < facts.expires_at


def _refunds(facts: PaymentFacts, former: PaymentFacts | None) -> Iterator[Notice]:
    """Each refund that is new, and each that stood and is gone; the newest, where former ones are unknown."""
    if former is None or not former.shares:  # facts from before refunds were kept
        if facts.refunds:
            yield "refund_made", facts.refunds[-1].refund_id
        return
    known = {refund.refund_id for refund in former.refunds}
    failed = {refund.refund_id for refund in former.failed_refunds}
    for refund in facts.refunds:
        if refund.refund_id not in known:
            yield "refund_made", refund.refund_id
    for refund in facts.failed_refunds:
        if refund.refund_id not in failed:
            yield "refund_failed", refund.refund_id


def _disputed(status: DisputeStatus) -> PaymentKind:
    match status:
        case "open":
            return "dispute_opened"
        case "won":
            return "dispute_won"
        case "lost":
            return "dispute_lost"
        case _:
            assert_never(status)


def reminder_at(deadline: datetime, issued: datetime) -> datetime | None:
    """When to remind of a voucher: at 10:00 the day before, else 6 h before; None so soon after its issue."""
    day_before = deadline.astimezone(KONBINI_ZONE).date() - timedelta(days=1)
    usual = datetime.combine(day_before, _REMIND_AT, KONBINI_ZONE).astimezone(UTC)
    at = (at for at in (usual, deadline - _REMIND_LATEST) if at - issued >= _AFTER_ISSUE)
    return next(at, None)


def kind_to_address(
    kind: PaymentKind, reversal_id: str, facts: PaymentFacts, notices: Collection[str]
) -> PaymentKind | None:
    """As which kind a payer is told it who had these `notices` of the payment; None for nothing new.

    Each is told once. The end of what was never told is told as what is left of it, or not at all.
    """
    if kind == "payment_cleared" and facts.clearing == "accepted" and "payment_being_checked" not in notices:
        kind = "receipt"
    if kind == "dispute_won" and notice_key("dispute_opened", reversal_id) not in notices:
        return None
    if kind == "voucher_called_off" and "voucher_issued" not in notices:
        return None
    return None if notice_key(kind, reversal_id) in notices else kind


def notice_key(kind: str, reversal_id: str) -> str:
    """How it is remembered that something was told."""
    return f"{kind}/{reversal_id}" if reversal_id else kind


def still_true(
    kind: PaymentKind, reversal_id: str, facts: PaymentFacts, invoices: Sequence[InvoiceStanding]
) -> bool:
    """Whether it can still be said of the payment, as it and its invoices are now."""
    match kind:
        case "receipt":
            return facts.status == "captured" and facts.checked
        case "voucher_issued" | "voucher_reminder":
            return facts.status == "processing" and facts.checked and is_asked_for(facts, invoices)
        case "voucher_called_off":
            return _is_called_off(facts, invoices)
        case "voucher_lapsed" | "payment_failed":
            ended = facts.status in ("failed", "expired") and facts.clearing is None
            return ended and open_amount(facts, invoices) > 0
        case "payment_being_checked":
            return not facts.checked
        case "payment_cleared":
            return facts.checked and facts.clearing is not None
        case "refund_made":
            return reversal_id in {refund.refund_id for refund in facts.refunds}
        case "refund_failed":
            return _has_failed(facts, reversal_id)
        case "dispute_opened" | "dispute_won" | "dispute_lost":
            dispute = facts.find_dispute(reversal_id)
            return dispute is not None and _disputed(dispute.status) == kind
        case _:
            assert_never(kind)


def _is_called_off(facts: PaymentFacts, invoices: Sequence[InvoiceStanding]) -> bool:
    if facts.status == "processing":
        return facts.checked and not is_asked_for(facts, invoices)
    return facts.status in ("failed", "expired") and _ended_early(facts)


def _has_failed(facts: PaymentFacts, refund_id: str) -> bool:
    """Whether it failed, and was not made good by one of the same amount since."""
    failed = next((refund for refund in facts.failed_refunds if refund.refund_id == refund_id), None)
    if failed is None:
        return False
    return all(refund.amount != failed.amount or refund.at <= failed.at for refund in facts.refunds)
