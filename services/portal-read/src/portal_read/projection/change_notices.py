"""How web processes learn whose pages changed: names in one NOTIFY a batch."""

import json
from collections.abc import Collection
from typing import Final

from chassis.database import Transaction
from chassis.observability.telemetry import recorded_trace

CHANNEL: Final = "portal_live"
EVERYBODY: Final = "*"
_TRACE: Final = "traceparent:"
_LARGEST: Final = 7999  # PostgreSQL takes payloads shorter than 8000 bytes


def name_of(business_id: str, customer_id: str = EVERYBODY) -> str:
    """`{business}/{customer}`, or `{business}/*` for everybody of a business."""
    return f"{business_id}/{customer_id}"


def payload_of(names: Collection[str], trace: str | None = None) -> str:
    """The names as JSON; where they would not fit, whole businesses instead, or everybody.

    The `traceparent` of what changed them goes along as one more name, which nobody has.
    """
    told = [f"{_TRACE}{trace}"] if trace else []
    by_business = {name_of(name.partition("/")[0]) for name in names}
    for choice in (set(names), by_business, {EVERYBODY}):
        payload = json.dumps(sorted(choice) + told, separators=(",", ":"))
        if len(payload) <= _LARGEST:
            return payload
    raise AssertionError("the shortest payload always fits")


def names_in(payload: str) -> Collection[str]:
    """The names of a payload; one that cannot be read means everybody."""
    try:
        names: object = json.loads(payload)
    except ValueError:
        return (EVERYBODY,)
    return [str(name) for name in names] if isinstance(names, list) else (EVERYBODY,)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def trace_in(names: Collection[str]) -> str | None:
    """The trace among the names of a notice."""
    return next((name.removeprefix(_TRACE) for name in names if name.startswith(_TRACE)), None)


async def notify_customer(tx: Transaction, customer_id: str) -> None:
    """Have the open pages of a customer fetch themselves again, once this transaction is committed."""
    payload = payload_of([name_of(tx.business_id, customer_id)], recorded_trace())
    await tx.run("SELECT pg_notify(:channel, :payload)", channel=CHANNEL, payload=payload)


async def notify_everybody(tx: Transaction) -> None:
    """Have every open page fetch itself again, once this transaction is committed."""
    await tx.run("SELECT pg_notify(:channel, :payload)", channel=CHANNEL, payload=payload_of([EVERYBODY]))
