"""Branding's and billing's HTTP, and the topics that ServiceHub reads, for real."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol, cast

import httpx
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from servicehub_events import Envelope, InvalidEvent, decode
from servicehub_events.topics import CONTACTS, PAYMENTS, REJECTIONS, REQUESTS, SESSIONS

from stand_in_servicehub.business import Profile
from stand_in_servicehub.core import AccountAnswer
from stand_in_servicehub.errors import BadInput, Unavailable

log = logging.getLogger("simulator")
TIMEOUT_SECONDS = 10
WAIT_MS = 1_000


class BrandingClient:
    """A client of branding, with its bearer key; close it with `close`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{url}/branding/businesses",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,  # it is on this machine: a proxy would only be in the way
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def put_business(self, profile: Profile) -> None:
        """Set name, colours, languages and the rest."""
        body = msgspec.json.encode(profile.portal)
        await self._send("PUT", f"/{profile.business_id}", body, "application/json")

    async def put_logo(self, business_id: str, png: bytes) -> None:
        """Set the logo."""
        await self._send("PUT", f"/{business_id}/logo", png, "image/png")

    async def switch(self, business_id: str, *, enabled: bool) -> None:
        """Switch the portal on or off."""
        await self._send("POST", f"/{business_id}/{'enable' if enabled else 'disable'}")

    async def _send(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> None:
        try:
            headers = {"Content-Type": content_type} if body else {}
            answer = await self._client.request(method, path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(f"Branding does not answer ({type(error).__name__}): is it running?") from None
        if answer.is_success:
            return
        text = f"Branding answered {answer.status_code} to {method} {path}: {answer.text[:300]}"
        raise Unavailable(text) if answer.status_code >= 500 or answer.status_code == 429 else BadInput(text)


class BillingClient:
    """A client of billing, with the same key; close it with `close`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"{url}/billing/businesses",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def account(self, business_id: str) -> AccountAnswer:
        """How the payment account of a business stands. Raises Unavailable."""
        try:
            answer = await self._client.get(f"/{business_id}/account")
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=AccountAnswer)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise Unavailable(f"Billing does not say ({type(error).__name__}): is it running?") from None


class _Record(Protocol):
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class _Consumer(Protocol):
    """What we use of AIOKafkaConsumer, which is not typed."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def assignment(self) -> frozenset[TopicPartition]: ...
    async def getmany(self, *, timeout_ms: int) -> Mapping[TopicPartition, Sequence[_Record]]: ...


async def read_portal(bootstrap: str) -> AsyncGenerator[Sequence[Envelope]]:
    """All that is there for ServiceHub from the first, then what comes, in no group: one process keeps it.

    What breaks the contract is passed over. Raises Unavailable, after which it can be called again.
    """
    client: object = AIOKafkaConsumer(
        PAYMENTS.name,
        REJECTIONS.name,
        SESSIONS.name,
        CONTACTS.name,
        REQUESTS.name,
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
    )
    consumer = cast(_Consumer, client)
    try:
        await consumer.start()
        while True:
            batches = await consumer.getmany(timeout_ms=WAIT_MS)
            envelopes = (_envelope(record) for records in batches.values() for record in records)
            yield [envelope for envelope in envelopes if envelope]
    except (KafkaError, OSError) as error:
        raise Unavailable(f"The topics of the portal at {bootstrap} cannot be read: {error}") from None
    finally:
        await consumer.stop()


def _envelope(record: _Record) -> Envelope | None:
    try:
        return decode(topic=record.topic, key=record.key, headers=record.headers, value=record.value)
    except InvalidEvent as error:
        where = f"{record.topic}[{record.partition}]@{record.offset}"
        log.error("simulator.record_unreadable: %s: %s", where, error)
        return None
