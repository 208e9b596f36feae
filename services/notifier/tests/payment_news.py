"""A payment of the samples as each kind of message finds it: ¥14,850 for invoice 1039, or $195.98 by Visa."""

from datetime import UTC, datetime

from msgspec.structs import replace
from notifier.domain.invoice_standing import InvoiceStanding
from notifier.domain.kinds import PaymentKind
from notifier.domain.payment_facts import DisputeFacts, PaymentFacts, RefundFacts
from notifier.messages.payment_words import PaymentNews
from servicehub_events import DisputeStatus, Method, Taken

DEADLINE = datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC)
AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
OPEN = InvoiceStanding(invoice_id="in-1", number="1039", status="open", left=14850)
PAID = replace(OPEN, left=0)
REVERSAL = "re-1"
VOUCHER = PaymentFacts(
    status="processing",
    amount=14850,
    currency="JPY",
    invoice_ids=("in-1",),
    method=Method(type="konbini"),
    contact_id="co-1",
    at=AT,
    checked=True,
    expires_at=DEADLINE,
    instructions_url="https://payments.example/voucher/1039",
    shares={"in-1": 14850},
)
REFUND = RefundFacts(refund_id=REVERSAL, amount=2200, invoice_ids=("in-1",), at=AT)
BY_CARD = replace(
    VOUCHER,
    status="captured",
    method=Method(type="card", brand="visa", last4="4242"),
    expires_at=None,
    instructions_url=None,
)


def disputed(status: DisputeStatus) -> PaymentFacts:
    """The payment by card, asked back by the bank."""
    dispute = DisputeFacts(dispute_id=REVERSAL, status=status, amount=14850, invoice_ids=("in-1",))
    return replace(BY_CARD, dispute=dispute)


SAMPLES: dict[PaymentKind, PaymentFacts] = {
    "receipt": BY_CARD,
    "voucher_issued": VOUCHER,
    "voucher_reminder": VOUCHER,
    "voucher_lapsed": replace(VOUCHER, status="failed", at=DEADLINE),
    "voucher_called_off": replace(VOUCHER, status="failed"),
    "payment_failed": replace(VOUCHER, status="failed", method=Method(type="bank_transfer"), expires_at=None),
    "payment_being_checked": replace(BY_CARD, checked=False, taken=Taken(amount=14580, currency="JPY")),
    "payment_cleared": replace(BY_CARD, clearing="accepted"),
    "refund_made": replace(BY_CARD, refunds=(REFUND,)),
    "refund_failed": replace(BY_CARD, failed_refunds=(REFUND,)),
    "dispute_opened": disputed("open"),
    "dispute_won": disputed("won"),
    "dispute_lost": disputed("lost"),
}


def news_of(kind: PaymentKind, *invoices: InvoiceStanding) -> PaymentNews:
    """What happened, told on November 21, 10:00 in Japan."""
    reversal = REVERSAL if kind.startswith(("refund_", "dispute_")) else ""
    standings = invoices or ((PAID,) if kind == "voucher_called_off" else (OPEN,))
    return PaymentNews("pa-1", SAMPLES[kind], reversal, standings, datetime(2026, 11, 21, 1, 0, tzinfo=UTC))
