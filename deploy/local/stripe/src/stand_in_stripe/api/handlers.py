"""What each endpoint does: thin, one function for each."""

from stand_in_stripe.api.call import Call, no_access
from stand_in_stripe.api.listing import listed
from stand_in_stripe.api.lookups import (
    CancelIntent,
    Expanding,
    ListCharges,
    ListEvents,
    Listing,
    ListSessions,
)
from stand_in_stripe.api.objects import named, shown
from stand_in_stripe.api.requests import CreateSession
from stand_in_stripe.checkout.create import create
from stand_in_stripe.checkout.expire import expire, expire_if_due
from stand_in_stripe.checkout.konbini import withdraw_voucher
from stand_in_stripe.parameters import read
from stand_in_stripe.render import expanded, line_items, plain
from stand_in_stripe.sandbox import PLATFORM
from stand_in_stripe.shapes import Account, Charge, Event, Json, PaymentIntent, Session


def create_session(call: Call) -> Json:
    """`POST /v1/checkout/sessions`."""
    wanted = read(CreateSession, call.parameters)
    return shown(call, create(call.sandbox, call.account, call.owner, wanted), wanted.expand)


def retrieve_session(call: Call) -> Json:
    """`GET /v1/checkout/sessions/{id}`."""
    session = expire_if_due(call.sandbox, call.owner, named(call, Session, "session"))
    return shown(call, session, read(Expanding, call.parameters).expand)


def expire_session(call: Call) -> Json:
    """`POST /v1/checkout/sessions/{id}/expire`."""
    wanted = read(Expanding, call.parameters)
    session = expire(call.sandbox, call.owner, named(call, Session, "session"), call.cause)
    return shown(call, session, wanted.expand)


def list_sessions(call: Call) -> Json:
    """`GET /v1/checkout/sessions`."""
    wanted = read(ListSessions, call.parameters)
    equal = {"status": wanted.status, "payment_intent": wanted.payment_intent}
    return listed(call, Session, "/v1/checkout/sessions", wanted, equal)


def list_line_items(call: Call) -> Json:
    """`GET /v1/checkout/sessions/{id}/line_items`; all at once, as there are at most a hundred."""
    wanted = read(Listing, call.parameters)
    return line_items(call.sandbox.books, call.owner, named(call, Session, "session").id, wanted.limit)


def retrieve_intent(call: Call) -> Json:
    """`GET /v1/payment_intents/{id}`."""
    return shown(call, named(call, PaymentIntent, "intent"), read(Expanding, call.parameters).expand)


def cancel_intent(call: Call) -> Json:
    """`POST /v1/payment_intents/{id}/cancel`: withdraws a konbini voucher."""
    wanted = read(CancelIntent, call.parameters)
    intent, reason = named(call, PaymentIntent, "intent"), wanted.cancellation_reason
    canceled = withdraw_voucher(call.sandbox, call.owner, intent, reason, call.cause)
    return shown(call, canceled, wanted.expand)


def retrieve_charge(call: Call) -> Json:
    """`GET /v1/charges/{id}`."""
    return shown(call, named(call, Charge, "charge"), read(Expanding, call.parameters).expand)


def list_charges(call: Call) -> Json:
    """`GET /v1/charges`."""
    wanted = read(ListCharges, call.parameters)
    equal = {"payment_intent": wanted.payment_intent, "transfer_group": wanted.transfer_group}
    return listed(call, Charge, "/v1/charges", wanted, equal)


def retrieve_event(call: Call) -> Json:
    """`GET /v1/events/{id}`."""
    return shown(call, named(call, Event, "id"), read(Expanding, call.parameters).expand)


def list_events(call: Call) -> Json:
    """`GET /v1/events`."""
    wanted = read(ListEvents, call.parameters)
    one_of = {"type": wanted.types} if wanted.types else {}
    return listed(call, Event, "/v1/events", wanted, {"type": wanted.type}, one_of)


def retrieve_account(call: Call) -> Json:
    """`GET /v1/account`, and `GET /v1/accounts/{id}`: of itself or, for the platform, of one connected."""
    wanted = read(Expanding, call.parameters)
    identifier = call.named.get("account", call.owner)
    _, found = call.sandbox.books.find(Account, identifier)
    if found is None or call.owner not in (PLATFORM, identifier):
        raise no_access(identifier)
    return expanded(call.sandbox.books, PLATFORM, plain(found), wanted.expand)
