"""auth-otp over HTTP: its internal route, which the gateway never shows."""

from collections.abc import Sequence

import httpx
import msgspec
from chassis.clock import Clock
from chassis.process import run_to_completion
from chassis.settings import KeyRing
from chassis.web import service_token

from portal_read.ports import AccountChoice, ChoicesUnavailable

_TIMEOUT_SECONDS = 3.0


class _Choice(msgspec.Struct, frozen=True):
    customer_id: str
    contact_id: str


class _Answer(msgspec.Struct, frozen=True):
    choices: list[_Choice]


class AuthOtp:
    """`POST /internal/choices`."""

    def __init__(
        self, base_url: str, keys: KeyRing, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._keys, self._clock = keys, clock

    async def of(self, business_id: str, choice_id: str) -> Sequence[AccountChoice] | None:
        try:
            body = {"business_id": business_id, "id": choice_id}
            call = self._client.post("/internal/choices", json=body, headers=self._headers())
            answer = await run_to_completion(call)  # cut off, it can keep its place in the pool
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            choices = msgspec.json.decode(answer.content, type=_Answer).choices
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise ChoicesUnavailable(repr(error)) from error
        return [AccountChoice(choice.customer_id, choice.contact_id) for choice in choices]

    def _headers(self) -> dict[str, str]:
        token = service_token.authorization(
            self._keys, caller="portal-read", audience="auth-otp", now=self._clock()
        )
        return {"Authorization": token}

    async def close(self) -> None:
        await self._client.aclose()
