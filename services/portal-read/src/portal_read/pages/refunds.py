"""Refunds as pages tell them: what went back, what is on its way back, and what did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicehub_events import Payment, Refund, WholeRefund, whole_refunds

from portal_read.pages.language import Language


@dataclass(frozen=True, slots=True)
class RefundLine:
    """A refund in words, `at` its last turn."""

    at: datetime
    icon: str
    text: str
    note: str | None = None


def refund_line(language: Language, refund: Refund | WholeRefund, amount: str) -> RefundLine:
    """One refund, whether it arrived or not."""
    say = language.words.gettext
    if refund.status in ("failed", "canceled"):
        text, note = say("Refund of {amount} didn’t go through", amount=amount), say("Please contact us.")
        return RefundLine(refund.ended_at or refund.at, "alert", text, note)
    if refund.status in ("pending", "requires_action"):
        note = when_it_arrives(language, asks=refund.status == "requires_action")
        return RefundLine(refund.at, "clock", say("Refund of {amount} on its way", amount=amount), note)
    return RefundLine(refund.at, "undo", say("{amount} refunded", amount=amount))


def when_it_arrives(language: Language, *, asks: bool) -> str:
    """`asks`: Stripe has to be told an account first, as cash cannot go back the way it came."""
    if asks:
        return language.words.gettext("Stripe asks you by email which bank account it should go to.")
    return language.words.gettext("It can take some days until the money arrives.")


def asks_for_account(payment: Payment) -> bool:
    """Whether a refund of it waits for the payer."""
    return any(refund.status == "requires_action" for refund in whole_refunds(payment))


def failed_of(payment: Payment) -> Sequence[Refund]:
    """Refunds that failed, and that no later one may have made good."""
    made = [refund.at for refund in (*payment.refunds, *payment.refunds_on_their_way())]
    return [
        refund
        for refund in payment.refund_attempts
        if refund.status in ("failed", "canceled") and all(at <= refund.at for at in made)
    ]


def share_of(refund: Refund, invoice_id: str) -> int:
    """What of a refund falls to an invoice."""
    return sum(share.amount for share in refund.allocations if share.invoice_id == invoice_id)
