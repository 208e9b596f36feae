"""The notifier over HTTP: its internal route, which the gateway never shows."""

from collections.abc import Mapping
from typing import Final

import httpx
import msgspec
from chassis.clock import Clock
from chassis.observability import calling
from chassis.process import run_to_completion
from chassis.settings import KeyRing
from chassis.web import service_token

from auth_otp.domain.sending import Answer, SendCode

_TIMEOUT_SECONDS: Final = 2.0
_ANSWERS: Final[Mapping[int, Answer]] = {
    202: "accepted",
    401: "unauthorised",
    410: "expired",
    422: "malformed",
}


class Notifier:
    """`POST /internal/sign-in-codes`."""

    def __init__(
        self,
        base_url: str,
        keys: KeyRing,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        timeout: float = _TIMEOUT_SECONDS,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout, transport=transport, trust_env=False
        )
        self._keys = keys
        self._clock = clock

    async def hand_over(self, code: SendCode) -> Answer:
        try:
            with calling("notifier", "hand over a code") as call:
                headers = self._headers()
                posting = self._client.post("/internal/sign-in-codes", content=_body(code), headers=headers)
                answer = await run_to_completion(posting)  # cut off, it would keep its place in the pool
                call.note_status(answer.status_code)
        except httpx.HTTPError:
            return "unavailable"
        return _ANSWERS.get(answer.status_code, "unavailable")

    def _headers(self) -> dict[str, str]:
        headers = service_token.headers(self._keys, caller="auth-otp", audience="notifier", now=self._clock())
        return {**headers, "Content-Type": "application/json"}

    async def close(self) -> None:
        await self._client.aclose()


def _body(code: SendCode) -> bytes:
    request = code.request
    fields: dict[str, object] = {
        "business_id": request.business_id,
        "challenge_id": request.challenge_id,
        "send_number": request.send_number,
        "channel": code.address.channel,
        "to": code.address.value,
        "code": code.code,
        "locale": code.locale,
        "expires_at": request.expires_at,
        "requested_at": request.requested_at,
        "guard_token": code.guard_token,
        "guarded_until": request.guarded_until,
        "passkey_added_at": request.passkey_added_at,
    }
    return msgspec.json.encode(fields)
