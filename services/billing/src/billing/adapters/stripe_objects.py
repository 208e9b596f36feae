"""What Stripe's objects mean to us. Nothing of the payer's name or address is taken out of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

import msgspec
from servicehub_events import DisputeStatus, Failure, Method, Movement, RefundStatus

from billing.adapters.stripe_amounts import from_wire
from billing.domain.payments import CheckoutStatus
from billing.domain.reversals import ReportedDispute, ReportedRefund, Reversals
from billing.domain.vouchers import TAKEN_BACK
from billing.domain.webhook_event import WebhookEvent

OF_INTENT = ["latest_charge.balance_transaction", "latest_charge.refunds"]
"""What is to be expanded of an intent."""
EXPANDED = [f"payment_intent.{path}" for path in OF_INTENT]
_MOVED_BY = ("balance_transaction", "failure_balance_transaction")
MOVED = ["data.balance_transaction", "data.failure_balance_transaction"]
"""What is to be expanded of a list of refunds."""
_INSTRUCTIONS = "_display_details"  # Stripe: `konbini_display_details` tells how to pay by konbini
_DISPUTES: Mapping[str, DisputeStatus] = {
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
}
"""Stripe's other words are of inquiries (`warning_…`), which take no money, and `prevented`."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_REFUNDS = get_args(RefundStatus)
_FAILED = ("requires_payment_method", "canceled")
Json = Mapping[str, Any]


def status_of(
    session: Json, account: str, now: datetime, refunds: Sequence[Json] = (), disputes: Sequence[Json] = ()
) -> CheckoutStatus:
    """A Checkout Session, its payment intent and latest charge expanded, and what was taken back of it."""
    currency = str(session["currency"] or "").upper()
    intent: Json = _object(session.get("payment_intent"))
    charge: Json = _object(intent.get("latest_charge"))
    paid = session["payment_status"] == "paid"
    konbini: Json = _object(_object(intent.get("next_action")).get("konbini_display_details"))
    return CheckoutStatus(
        reference=str(session["id"]),
        account=account,
        page=_page(session),
        paid=paid,
        amount=_amount(session, currency),
        currency=currency,
        at=_at(session, charge, now, paid=paid),
        url=session.get("url"),
        method=_method(charge, intent),
        failure=None if paid else _failure(intent),
        pay_until=_time(konbini.get("expires_at")),
        instructions_url=konbini.get("hosted_voucher_url"),
        intent_id=intent.get("id"),
        charge_id=charge.get("id"),
        live=session.get("livemode"),
        movements=movements_of([charge, *reversed(refunds)], disputes) if paid else (),
        reversals=reversals(refunds, disputes),
    )


def taken_back(session: Json) -> Json | None:
    """The charge of a session of which something was taken back, or was to be: that has to be asked about."""
    charge = _object(_object(session.get("payment_intent")).get("latest_charge"))
    tried = _object(charge.get("refunds")).get("data")
    return charge if tried or charge.get("amount_refunded") or charge.get("disputed") else None


def reversals(refunds: Sequence[Json], disputes: Sequence[Json]) -> Reversals:
    """Refunds and disputes; of either, the newest first."""
    return Reversals(
        refunds=[_refund(refund) for refund in refunds],
        disputes=list(filter(None, map(_dispute, disputes))),
    )


def _refund(refund: Json) -> ReportedRefund:
    at = datetime.fromtimestamp(int(refund["created"]), UTC)
    status = refund["status"]
    return ReportedRefund(
        refund_id=str(refund["id"]),
        amount=_minor(refund),
        at=at,
        status=status if status in _REFUNDS else "pending",
        failure_reason=refund.get("failure_reason"),
        ended_at=_time(_object(refund.get("failure_balance_transaction")).get("created")),
    )


def _dispute(dispute: Json) -> ReportedDispute | None:
    """None for an inquiry: it is a dispute once it takes money, under the same id."""
    status = _prevented(dispute) if dispute["status"] == "prevented" else _DISPUTES.get(dispute["status"])
    if status is None:
        return None
    return ReportedDispute(
        status=status,
        amount=_minor(dispute),
        dispute_id=str(dispute["id"]),
        reason=dispute.get("reason"),
        opened_at=_time(dispute.get("created")),
        respond_by=_time(_object(dispute.get("evidence_details")).get("due_by")),
    )


def _prevented(dispute: Json) -> DisputeStatus | None:
    """Settled before it became a chargeback: what it moved tells who has the money."""
    moved = [int(moved["amount"]) for moved in dispute.get("balance_transactions") or ()]
    if not moved:
        return None
    return "lost" if sum(moved) < 0 else "won"


def movements_of(sources: Sequence[Json], disputes: Sequence[Json]) -> Sequence[Movement]:
    """What a charge, its refunds and its disputes moved, their balance transactions expanded."""
    moved: list[Json] = []
    for source in sources:
        moved += [_object(source.get(name)) for name in _MOVED_BY]
    for dispute in reversed(disputes):
        moved += dispute.get("balance_transactions") or ()
    return [movement for entry in moved if entry and (movement := movement_of(entry))]


def movement_of(entry: Json, payout: Json | None = None) -> Movement | None:
    """A balance transaction, and the payout that it is part of.

    None where its amounts are no whole minor units, as a fee in krónur may be: nothing untrue is told.
    """
    currency = str(entry["currency"]).upper()
    try:
        amount, fee, net = (from_wire(int(entry[name]), currency) for name in ("amount", "fee", "net"))
    except ValueError:
        return None
    source = entry.get("source")
    return Movement(
        movement_id=str(entry["id"]),
        kind=str(entry["type"]),
        source_id=str(_object(source).get("id") or source),
        amount=amount,
        fee=fee,
        net=net,
        currency=currency,
        at=datetime.fromtimestamp(int(entry["created"]), UTC),
        available_at=_time(entry.get("available_on")),
        payout_id=str(payout["id"]) if payout else None,
        arrived_at=_time(payout.get("arrival_date")) if payout else None,
    )


def payment_of(entry: Json) -> str:
    """The payment that a balance transaction is of, its source expanded: our id, or that of its intent."""
    source = _object(entry.get("source"))
    return payment_id_in(source) or _id(source.get("payment_intent"))


def _minor(taken: Json) -> int:
    return from_wire(int(taken["amount"]), str(taken["currency"]).upper())


def event_of(event: Json, body: bytes, account: str) -> WebhookEvent:
    """An event of Stripe's; which payment it is about, as we wrote it into the object.

    Raises ValueError for what Stripe would not call an event, an account or a type.
    Of a page that keeps a card no body is taken: it names the payer, and an erasure finds it by no payment.
    """
    about: Json = event["data"]["object"]
    return WebhookEvent(
        event_id=_name(event["id"]),
        account=_name(account) if account else "",
        kind=_name(event["type"]),
        live=bool(event["livemode"]),
        payment_id=_id(about.get("client_reference_id")) or payment_id_in(about) or _intent_of(about),
        at=datetime.fromtimestamp(int(event["created"]), UTC),
        body=b"" if about.get("mode") == "setup" else body,
    )


def payment_id_in(stripe_object: Json) -> str:
    """The payment that we wrote into the object's metadata; "" for none."""
    return _id(_object(stripe_object.get("metadata")).get("payment_id"))


def _intent_of(about: Json) -> str:
    """A refund or dispute names the payment intent only, whose metadata is ours; a payout is named itself."""
    names = {"refund": "payment_intent", "dispute": "payment_intent", "payout": "id"}
    return _id(about.get(names.get(str(about.get("object")), "")))


def body_of(event: Json) -> bytes:
    """An event that was asked for, as Stripe would have posted it."""
    return msgspec.json.encode(event)


def _id(written: object) -> str:
    """Whoever holds an account writes what they like into sessions of their own."""
    return written if isinstance(written, str) and len(written) <= 64 and written.isprintable() else ""


def _name(written: object) -> str:
    """Stripe's own ids and types are words; PostgreSQL holds no NUL and no half of a character."""
    if not isinstance(written, str) or not _NAME.fullmatch(written):
        raise ValueError("not a name of Stripe's")
    return written


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _page(session: Json) -> Literal["open", "complete", "expired"]:
    status = session["status"]
    return status if status in ("open", "complete", "expired") else "open"


def _amount(session: Json, currency: str) -> int:
    """What Stripe counts in; no amount that we could have asked for becomes 0, which matches none of ours."""
    try:
        return from_wire(int(session["amount_total"] or 0), currency)
    except ValueError:
        return 0


def _at(session: Json, charge: Json, now: datetime, *, paid: bool) -> datetime:
    if paid and charge:
        return datetime.fromtimestamp(int(charge["created"]), UTC)
    if session["status"] == "expired":
        return min(now, datetime.fromtimestamp(int(session["expires_at"]), UTC))
    return now


def _time(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else None


def _method(charge: Json, intent: Json) -> Method | None:
    details: Json = charge.get("payment_method_details") or {}
    kinds = _kinds(details, intent)
    if len(kinds) != 1:
        return None
    card: Json = details.get("card") or {}
    return Method(type=str(kinds[0]), brand=card.get("brand"), last4=card.get("last4"))


def _kinds(details: Json, intent: Json) -> Sequence[str]:
    if details:
        return [str(details["type"])]
    waiting = str(_object(intent.get("next_action")).get("type") or "")
    if waiting.endswith(_INSTRUCTIONS):  # the intent itself lists every method that its page offered
        return [waiting.removesuffix(_INSTRUCTIONS)]
    return cast("Sequence[str]", intent.get("payment_method_types") or [])


def _failure(intent: Json) -> Failure | None:
    """Only a page that was completed can fail: until then the payer tries again on it."""
    if intent.get("status") not in _FAILED:
        return None
    error: Json = intent.get("last_payment_error") or {}
    if intent["status"] == "canceled":
        return Failure(code=TAKEN_BACK, retryable=True)
    return Failure(code=str(error.get("code") or "payment_failed"), retryable=True)
