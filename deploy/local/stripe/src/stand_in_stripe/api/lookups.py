"""The parameters of requests that read, and of the one that cancels."""

from typing import Literal

import msgspec

from stand_in_stripe.parameters import Parameters


class Expanding(Parameters, kw_only=True):
    """Any request for one object."""

    expand: list[str] = msgspec.field(default_factory=list[str])


class Range(Parameters, kw_only=True):
    """Moments in Unix seconds."""

    gt: int | None = None
    gte: int | None = None
    lt: int | None = None
    lte: int | None = None


class Listing(Parameters, kw_only=True):
    """What every list takes."""

    created: Range | None = None
    ending_before: str | None = None
    expand: list[str] = msgspec.field(default_factory=list[str])
    limit: int = 10
    starting_after: str | None = None


class ListSessions(Listing, kw_only=True):
    """`GET /v1/checkout/sessions`."""

    payment_intent: str | None = None
    status: Literal["complete", "expired", "open"] | None = None


class ListCharges(Listing, kw_only=True):
    """`GET /v1/charges`."""

    payment_intent: str | None = None
    transfer_group: str | None = None


class ListOfCharge(Listing, kw_only=True):
    """`GET /v1/refunds` and `GET /v1/disputes`."""

    charge: str | None = None
    payment_intent: str | None = None


class ListEvents(Listing, kw_only=True):
    """`GET /v1/events`."""

    type: str | None = None
    types: list[str] = msgspec.field(default_factory=list[str])


class CancelIntent(Expanding, kw_only=True):
    """`POST /v1/payment_intents/{id}/cancel`."""

    cancellation_reason: Literal["abandoned", "duplicate", "fraudulent", "requested_by_customer"] | None = (
        None
    )
