"""What happened, as a webhook tells it."""

from typing import Literal

import msgspec

from stand_in_stripe.shapes.common import Json, Shape


class EventData(msgspec.Struct, kw_only=True):
    """The object as it was right after the event, and what its changed fields held before."""

    object: Json
    previous_attributes: Json | msgspec.UnsetType = msgspec.UNSET


class EventRequest(msgspec.Struct, kw_only=True):
    """The API request that caused it; nothing for what happened on the page or by time."""

    id: str | None = None
    idempotency_key: str | None = None


class Event(Shape, kw_only=True):
    """`event`; `account` is there when it happened on a connected account."""

    object: Literal["event"] = "event"
    account: str | msgspec.UnsetType = msgspec.UNSET
    api_version: str
    data: EventData
    livemode: bool = False
    pending_webhooks: int = 1
    request: EventRequest
    type: str
