"""Refunds and disputes: what each endpoint takes and does."""

from typing import Literal

import msgspec

from stand_in_stripe.api.call import Call
from stand_in_stripe.api.listing import listed
from stand_in_stripe.api.lookups import Expanding, Listing, ListOfCharge
from stand_in_stripe.api.objects import named, shown, the
from stand_in_stripe.errors import StripeError, missing
from stand_in_stripe.parameters import read
from stand_in_stripe.reversals.charges import charge_of_intent
from stand_in_stripe.reversals.refunds import Wish, refund
from stand_in_stripe.shapes import Charge, Dispute, Json, Metadata, PaymentIntent, Refund, Shape


class CreateRefund(Expanding, kw_only=True):
    """`POST /v1/refunds`: of a charge or of a PaymentIntent; `amount` in the smallest unit."""

    amount: int | None = None
    charge: str | None = None
    instructions_email: str | None = None
    metadata: Metadata = msgspec.field(default_factory=dict[str, str])
    payment_intent: str | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None

    @classmethod
    def elsewhere(cls) -> frozenset[str]:
        """Customer balances, fees and transfers."""
        return frozenset({"currency", "customer", "origin", "refund_application_fee", "reverse_transfer"})


def create_refund(call: Call) -> Json:
    """`POST /v1/refunds`."""
    wanted = read(CreateRefund, call.parameters)
    wish = Wish(wanted.amount, None, wanted.reason, wanted.instructions_email, wanted.metadata)
    made = refund(call.sandbox, call.owner, _charge(call, wanted), wish, call.cause)
    return shown(call, made, wanted.expand)


def retrieve_refund(call: Call) -> Json:
    """`GET /v1/refunds/{id}`."""
    return shown(call, named(call, Refund, "refund"), read(Expanding, call.parameters).expand)


def list_refunds(call: Call) -> Json:
    """`GET /v1/refunds`."""
    return _of_charge(call, Refund, "/v1/refunds")


def list_refunds_of_charge(call: Call) -> Json:
    """`GET /v1/charges/{id}/refunds`: where the list within a charge goes on."""
    charge = named(call, Charge, "charge").id
    wanted = read(Listing, call.parameters)
    return listed(call, Refund, f"/v1/charges/{charge}/refunds", wanted, {"charge": charge})


def retrieve_dispute(call: Call) -> Json:
    """`GET /v1/disputes/{id}`."""
    return shown(call, named(call, Dispute, "dispute"), read(Expanding, call.parameters).expand)


def list_disputes(call: Call) -> Json:
    """`GET /v1/disputes`."""
    return _of_charge(call, Dispute, "/v1/disputes")


def _of_charge(call: Call, kind: type[Shape], url: str) -> Json:
    wanted = read(ListOfCharge, call.parameters)
    if wanted.charge is not None:
        the(call, Charge, wanted.charge, "charge")
    if wanted.payment_intent is not None:
        the(call, PaymentIntent, wanted.payment_intent, "payment_intent")
    equal = {"charge": wanted.charge, "payment_intent": wanted.payment_intent}
    return listed(call, kind, url, wanted, equal)


def _charge(call: Call, wanted: CreateRefund) -> Charge:
    if wanted.charge is not None:
        charge = the(call, Charge, wanted.charge, "charge")
        if wanted.payment_intent not in (None, charge.payment_intent):
            message = f"Charge {charge.id} does not belong to PaymentIntent {wanted.payment_intent}."
            raise StripeError(400, message, param="payment_intent")
        return charge
    if wanted.payment_intent is None:
        raise missing("charge")
    return charge_of_intent(call.sandbox, call.owner, wanted.payment_intent)
