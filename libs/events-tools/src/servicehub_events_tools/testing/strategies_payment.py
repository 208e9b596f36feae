"""Strategy for payments, their refunds and disputes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from servicehub_events import (
    Allocation,
    Autopay,
    AutopayCharge,
    AutopayConsent,
    AutopayEnd,
    Clearing,
    ClearingDecision,
    Dispute,
    DisputeStatus,
    Failure,
    LoweredPrice,
    LoweredTax,
    Method,
    Movement,
    Payment,
    PaymentReceipt,
    PaymentStatus,
    Processor,
    Refund,
    RefundNote,
    RefundStatus,
    Review,
    Share,
    Surplus,
    SurplusHandling,
    Taken,
    Tip,
    TipRefund,
)

from servicehub_events_tools.testing.strategies_scalars import (
    charges,
    currencies,
    days,
    ids,
    locales,
    optional_ids,
    text,
    times,
    unique_ids,
    words,
)

_DISPUTES: SearchStrategy[DisputeStatus] = st.sampled_from(["open", "won", "lost"])
_STATUSES: SearchStrategy[PaymentStatus] = st.sampled_from(
    ["started", "processing", "captured", "failed", "expired"]
)
_METHODS = st.none() | st.builds(Method, type=st.sampled_from(["card", "konbini"]), last4=st.just("4242"))
_RECEIPTS = st.none() | st.builds(PaymentReceipt, number=text, copies=st.integers(0, 9))
_DECISIONS: SearchStrategy[ClearingDecision] = st.sampled_from(["accepted", "refunded", "released"])
_HANDLINGS: SearchStrategy[SurplusHandling] = st.sampled_from(["refund", "credit"])
_WAITING: SearchStrategy[RefundStatus] = st.sampled_from(["pending", "requires_action", "failed", "canceled"])
_ANY_REFUND: SearchStrategy[RefundStatus] = st.sampled_from([*get_args(RefundStatus)])
_MOVED = st.integers(-(10**9), 10**9)
_MOVEMENTS = st.lists(
    st.builds(
        Movement,
        movement_id=ids,
        kind=st.sampled_from(["charge", "refund"]),
        source_id=ids,
        amount=_MOVED,
        fee=_MOVED,
        net=_MOVED,
        currency=currencies,
        at=times,
        available_at=st.none() | times,
        payout_id=optional_ids,
        arrived_at=st.none() | times,
    ),
    max_size=2,
).map(tuple)
_REVIEWS = st.none() | st.builds(Review, reason=st.just("amount"))


def _shares(draw: DrawFn, room: dict[str, int]) -> tuple[Share, ...]:
    """Some of what is left of each invoice; takes it out of `room`."""
    shares: list[Share] = []
    for invoice_id, left in room.items():
        if amount := draw(st.integers(0, left)):
            shares.append(Share(invoice_id=invoice_id, amount=amount))
            room[invoice_id] = left - amount
    return tuple(shares)


def _refunds(
    draw: DrawFn, allocations: Sequence[Allocation], statuses: SearchStrategy[RefundStatus | None]
) -> tuple[Refund, ...]:
    room = {part.invoice_id: part.amount for part in allocations}
    drawn = [(refund_id, _shares(draw, room)) for refund_id in draw(unique_ids(max_size=2))]
    return tuple(
        Refund(
            refund_id=refund_id,
            amount=sum(share.amount for share in shares),
            allocations=shares,
            at=draw(times),
            status=draw(statuses),
            failure_reason=draw(st.sampled_from([None, "declined"])),
            ended_at=draw(st.none() | times),
            note=_note(draw, shares),
        )
        for refund_id, shares in drawn
        if shares
    )


def _note(draw: DrawFn, shares: Sequence[Share]) -> RefundNote | None:
    """One that lowers the price of each invoice by all that went back on it, or of none."""
    if draw(st.booleans()):
        return None
    lowered = tuple(
        LoweredPrice(
            invoice_id=share.invoice_id,
            amount=share.amount,
            taxes=(LoweredTax(rate="10", net=share.amount - share.amount // 11, tax=share.amount // 11),),
        )
        for share in shares
    )
    copies, lowers = draw(st.integers(0, 9)), draw(st.booleans())
    return RefundNote(number=draw(text), copies=copies, lowered=lowered if lowers else ())


def _tip(draw: DrawFn, *, settled: bool) -> Tip | None:
    """None, or a tip of which some went back, or is on its way."""
    if draw(st.booleans()):
        return None
    amount = draw(charges)
    back = draw(st.integers(0, amount)) if settled else 0
    refund = TipRefund(refund_id=draw(ids), amount=max(1, back), at=draw(times), status=draw(_ANY_REFUND))
    return Tip(amount=amount, refunds=(refund,) if back else ())


def _dispute(draw: DrawFn, room: dict[str, int], tip: Tip | None) -> Dispute | None:
    shares = _shares(draw, room)
    if not shares or draw(st.booleans()):
        return None
    status = draw(_DISPUTES)
    return Dispute(
        status=status,
        amount=sum(share.amount for share in shares),
        allocations=shares,
        tip=draw(st.none() | st.integers(1, tip.amount)) if tip else None,
        dispute_id=draw(optional_ids),
        reason=draw(st.sampled_from([None, "fraudulent"])),
        opened_at=draw(st.none() | times),
        respond_by=draw(st.none() | times),
    )


@st.composite
def payments(
    draw: DrawFn, invoice_ids: Sequence[str] = (), statuses: SearchStrategy[PaymentStatus] = _STATUSES
) -> Payment:
    """Payments in any status on one or more invoices, `invoice_ids` among them if given."""
    on = list(dict.fromkeys([*invoice_ids, *draw(unique_ids(min_size=0 if invoice_ids else 1, max_size=2))]))
    allocations = tuple(
        Allocation(
            invoice_id=invoice_id,
            invoice_version=draw(st.integers(1, 99)),
            amount=draw(charges),
            issued_on=draw(st.none() | days),
        )
        for invoice_id in on
    )
    status = draw(statuses)
    settled = status == "captured"
    tip, room = _tip(draw, settled=settled), {part.invoice_id: part.amount for part in allocations}
    dispute = _dispute(draw, room, tip) if settled else None
    other = _dispute(draw, room, tip) if dispute else None
    return Payment(
        business_id=draw(ids),
        payment_id=draw(ids),
        customer_id=draw(ids),
        contact_id=draw(optional_ids),
        status=status,
        amount=sum(part.amount for part in allocations),
        currency=draw(currencies),
        allocations=allocations,
        tip=tip,
        method=draw(_METHODS),
        expires_at=draw(st.none() | times),
        failure=Failure(code="card_declined", retryable=draw(st.booleans())) if status == "failed" else None,
        refunds=_refunds(draw, allocations, st.sampled_from([None, "succeeded"])) if settled else (),
        refund_attempts=_refunds(draw, allocations, _WAITING) if settled else (),
        dispute=dispute,
        other_disputes=(other,) if other else (),
        review=draw(_REVIEWS) if settled else None,
        receipt=draw(_RECEIPTS) if settled else None,
        taken=draw(st.none() | st.builds(Taken, amount=charges, currency=currencies)),
        clearing=draw(
            st.none()
            | st.builds(Clearing, decision=_DECISIONS, by=st.just("day shift"), reason=st.just(""), at=times)
        ),
        surplus=draw(st.none() | st.builds(Surplus, amount=charges, handling=_HANDLINGS)),
        movements=draw(_MOVEMENTS) if settled else (),
        autopay=draw(st.booleans()),
        processor=Processor(
            name="stripe",
            account="acct_sample",
            reference="cs_sample",
            intent_id=draw(optional_ids),
            charge_id=draw(optional_ids),
            live=draw(st.none() | st.booleans()),
        ),
        occurred_at=draw(times),
    )


@st.composite
def autopays(draw: DrawFn) -> Autopay:
    """Autopay, on or off, with some charges in any state."""
    return Autopay(
        business_id=draw(ids),
        customer_id=draw(ids),
        contact_id=draw(ids),
        status=draw(st.sampled_from(["on", "off"])),
        card=Method(type="card", brand="visa", last4="4242"),
        consent=AutopayConsent(terms=draw(words), locale=draw(locales), at=draw(times)),
        end=AutopayEnd(
            reason=draw(words), at=draw(times), by=draw(st.none() | text), why=draw(st.none() | text)
        ),
        charges=tuple(_autopay_charge(draw, invoice_id) for invoice_id in draw(unique_ids(max_size=2))),
        invoice_id=draw(ids),
        occurred_at=draw(times),
    )


def _autopay_charge(draw: DrawFn, invoice_id: str) -> AutopayCharge:
    tried = draw(st.booleans())
    return AutopayCharge(
        invoice_id=invoice_id,
        amount=draw(charges),
        currency=draw(currencies),
        charge_on=draw(days),
        status=draw(st.sampled_from(["planned", "announced", "confirmed", "charging", "ended"])),
        notices=draw(st.integers(0, 5)),
        confirmed_at=draw(st.none() | times),
        tries=draw(st.integers(1, 3)) if tried else 0,
        failure=Failure(code="insufficient_funds", retryable=draw(st.booleans())) if tried else None,
        payment_id=draw(ids) if tried else None,
    )
