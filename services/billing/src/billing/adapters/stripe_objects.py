"""What Stripe's objects mean to us. Nothing of the payer's name or address is taken out of them."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast

import msgspec
from servicehub_events import DisputeStatus, Failure, Method

from billing.adapters.stripe_amounts import from_wire
from billing.domain.payments import CheckoutStatus
from billing.domain.reversals import NOTHING_TAKEN, ReportedDispute, ReportedRefund, Reversals
from billing.domain.webhook_event import WebhookEvent

EXPANDED = ["payment_intent.latest_charge"]
_INSTRUCTIONS = "_display_details"  # Stripe: `konbini_display_details` tells how to pay by konbini
_DISPUTES: Mapping[str, DisputeStatus] = {
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
}
"""Stripe's other words are of inquiries (`warning_…`), which take no money, and `prevented`."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_FAILED = ("requires_payment_method", "canceled")
Json = Mapping[str, Any]


def status_of(session: Json, account: str, now: datetime, taken: Reversals = NOTHING_TAKEN) -> CheckoutStatus:
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
        reversals=taken,
    )


def taken_back(session: Json) -> Json | None:
    """The charge of a session of which something was taken back: that has to be asked about."""
    charge = _object(_object(session.get("payment_intent")).get("latest_charge"))
    return charge if charge.get("amount_refunded") or charge.get("disputed") else None


def reversals(refunds: Sequence[Json], disputes: Sequence[Json]) -> Reversals:
    """Refunds that went through, and the newest dispute; of either, the newest first."""
    return Reversals(
        refunds=[_refund(refund) for refund in refunds if refund["status"] == "succeeded"],
        dispute=next(filter(None, map(_dispute, disputes)), None),
    )


def _refund(refund: Json) -> ReportedRefund:
    at = datetime.fromtimestamp(int(refund["created"]), UTC)
    return ReportedRefund(refund_id=str(refund["id"]), amount=_minor(refund), at=at)


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
    """A refund or dispute names the payment intent only, whose metadata is ours."""
    return _id(about.get("payment_intent")) if about.get("object") in ("refund", "dispute") else ""


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
    return Failure(code=str(error.get("code") or "payment_failed"), retryable=True)
