"""An event as any Kafka client publishes it, from the published description alone."""

import json
import os
import time
import uuid
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol, cast

from aiokafka import AIOKafkaProducer

TOPIC = "servicehub.appointments.v1"
Headers = Sequence[tuple[str, bytes]]


class Producer(Protocol):
    """What we use of the client."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send(
        self, topic: str, value: bytes, *, key: bytes, headers: Headers | None = None
    ) -> Awaitable[object]: ...


class Visit(NamedTuple):
    """One aggregate that is revised again and again; `marker` is what the page shows of it."""

    business_id: str
    customer_id: str
    appointment_id: str = "bench-1"

    def key(self) -> bytes:
        """The record key."""
        return f"{self.business_id}/{self.appointment_id}".encode()

    def value(self, marker: str) -> bytes:
        """The full state, tomorrow at the same time."""
        start = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
        state: dict[str, object] = {
            "business_id": self.business_id,
            "appointment_id": self.appointment_id,
            "customer_id": self.customer_id,
            "status": "scheduled",
            "service": {"name": marker},
            "window": {
                "start": start.isoformat(),
                "end": (start + timedelta(hours=1)).isoformat(),
                "time_zone": "America/New_York",
            },
            "staff": [],
        }
        return json.dumps(state).encode()

    def headers(self, sequence: int) -> Headers:
        """CloudEvents 1.0, binary mode."""
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": str(_uuid7()),
            "ce_type": "servicehub.AppointmentScheduled.v1",
            "ce_source": "/servicehub/core",
            "ce_subject": self.appointment_id,
            "ce_time": datetime.now(UTC).isoformat(),
            "ce_businessid": self.business_id,
            "ce_sequence": str(sequence),
            "content-type": "application/json",
        }
        return [(name, value.encode()) for name, value in attributes.items()]


def producer(bootstrap: str) -> Producer:
    """A plain producer; it picks the partition by murmur2 of the key."""
    return cast(Producer, AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0, acks="all"))


def _uuid7() -> uuid.UUID:
    """RFC 9562, 5.7: milliseconds, version, random bits."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62)
