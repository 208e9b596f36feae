"""auth-otp over HTTP: its internal routes, which the gateway never shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx
import msgspec
import structlog
from chassis.clock import Clock
from chassis.observability import calling
from chassis.process import run_to_completion
from chassis.settings import KeyRing
from chassis.web import service_token

from portal_read.ports import AccountChoice, ChoicesUnavailable, KeptPasskey

log = structlog.get_logger(__name__)
_TIMEOUT_SECONDS = 3.0


class _Choice(msgspec.Struct, frozen=True):
    customer_id: str
    contact_id: str


class _Answer(msgspec.Struct, frozen=True):
    choices: list[_Choice]


class _Passkey(msgspec.Struct, frozen=True):
    id: str
    name: str
    added_at: datetime
    used_at: datetime | None


class _PasskeysAnswer(msgspec.Struct, frozen=True):
    passkeys: list[_Passkey]


class AuthOtp:
    """`POST /internal/choices` and `/internal/passkeys`."""

    def __init__(
        self, base_url: str, keys: KeyRing, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._keys, self._clock = keys, clock

    async def of(self, business_id: str, choice_id: str) -> Sequence[AccountChoice] | None:
        try:
            answer = await self._post("/internal/choices", {"business_id": business_id, "id": choice_id})
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            choices = msgspec.json.decode(answer.content, type=_Answer).choices
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise ChoicesUnavailable(repr(error)) from error
        return [AccountChoice(choice.customer_id, choice.contact_id) for choice in choices]

    async def list_passkeys(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[KeptPasskey] | None:
        body = {"business_id": business_id, "customer_id": customer_id, "contact_id": contact_id}
        try:
            answer = (await self._post("/internal/passkeys", body)).raise_for_status()
            passkeys = msgspec.json.decode(answer.content, type=_PasskeysAnswer).passkeys
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            log.warning("passkeys.unavailable", error=repr(error))
            return None
        return [KeptPasskey(one.id, one.name, one.added_at, one.used_at) for one in passkeys]

    async def _post(self, path: str, body: Mapping[str, str]) -> httpx.Response:
        with calling("auth-otp", path) as call:
            posting = self._client.post(path, json=body, headers=self._headers())
            answer = await run_to_completion(posting)  # cut off, it can keep its place in the pool
            call.note_status(answer.status_code)
        return answer

    def _headers(self) -> dict[str, str]:
        return service_token.headers(self._keys, caller="portal-read", audience="auth-otp", now=self._clock())

    async def close(self) -> None:
        await self._client.aclose()
