"""The notifier over HTTP: its internal routes, which the gateway never shows."""

from collections.abc import Mapping
from typing import Final

import httpx
import msgspec
import structlog
from chassis.clock import Clock
from chassis.observability import calling
from chassis.process import run_to_completion
from chassis.settings import KeyRing
from chassis.web import service_token
from servicehub_events import Contact

from portal_read.ports import (
    ChosenMessages,
    KeptChoices,
    MessageChoice,
    MessageChoices,
    MessagesUnavailable,
    MessageWay,
)

log = structlog.get_logger(__name__)
_TIMEOUT_SECONDS: Final = 3.0


class _Choice(msgspec.Struct, frozen=True):
    group: str
    channel: str
    wanted: bool
    choosable: bool


class _ChoicesAnswer(msgspec.Struct, frozen=True):
    version: int
    messages: list[_Choice]


class _KeptAnswer(msgspec.Struct, frozen=True):
    version: int
    stays_off: bool


class _EndedAnswer(msgspec.Struct, frozen=True):
    group: str


class NotifierClient:
    """`POST /internal/preferences`, `/internal/preferences/changes` and `/internal/unsubscriptions`."""

    def __init__(
        self, base_url: str, keys: KeyRing, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._keys, self._clock = keys, clock

    async def list_choices(self, business_id: str, contact: Contact) -> MessageChoices | None:
        reachable = {"email": contact.email, "sms": contact.phone}
        body = {
            "business_id": business_id,
            "contact_id": contact.contact_id,
            "roles": contact.roles,
            "channels": [channel for channel, address in reachable.items() if address],
        }
        try:
            answer = (await self._post("/internal/preferences", body)).raise_for_status()
            read = msgspec.json.decode(answer.content, type=_ChoicesAnswer)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            log.warning("messages.unavailable", error=repr(error))
            return None
        choices = [
            MessageChoice(MessageWay(each.group, each.channel), each.wanted, each.choosable)
            for each in read.messages
        ]
        return MessageChoices(read.version, choices)

    async def choose(self, chosen: ChosenMessages) -> KeptChoices:
        body = {
            "business_id": chosen.business_id,
            "customer_id": chosen.customer_id,
            "contact_id": chosen.contact_id,
            "seen_version": chosen.seen_version,
            "locale": chosen.locale,
            "off": [way._asdict() for way in chosen.off],
            "on": [way._asdict() for way in chosen.on],
        }
        try:
            answer = (await self._post("/internal/preferences/changes", body)).raise_for_status()
            kept = msgspec.json.decode(answer.content, type=_KeptAnswer)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise MessagesUnavailable(repr(error)) from error
        return KeptChoices(kept.version, kept.stays_off)

    async def unsubscribe(self, business_id: str, token: str) -> str | None:
        try:
            answer = await self._post(
                "/internal/unsubscriptions", {"business_id": business_id, "token": token}
            )
            if answer.status_code == 404:
                return None
            return msgspec.json.decode(answer.raise_for_status().content, type=_EndedAnswer).group
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise MessagesUnavailable(repr(error)) from error

    async def _post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        with calling("notifier", path) as call:
            posting = self._client.post(path, content=msgspec.json.encode(body), headers=self._headers())
            answer = await run_to_completion(posting)  # cut off, it can keep its place in the pool
            call.note_status(answer.status_code)
        return answer

    def _headers(self) -> dict[str, str]:
        headers = service_token.headers(
            self._keys, caller="portal-read", audience="notifier", now=self._clock()
        )
        return {**headers, "Content-Type": "application/json"}

    async def close(self) -> None:
        await self._client.aclose()
