"""The notifier over HTTP: its internal route, which the gateway never shows."""

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx
import msgspec
from chassis.clock import Clock
from chassis.observability import traceparent
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
        self._timeout = timeout

    async def hand_over(self, code: SendCode) -> Answer:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.post(
                    "/internal/sign-in-codes", content=_body(code), headers=self._headers()
                )
        except (httpx.HTTPError, TimeoutError):
            return "unavailable"
        return _ANSWERS.get(answer.status_code, "unavailable")

    def _headers(self) -> dict[str, str]:
        token = service_token.authorization(
            self._keys, caller="auth-otp", audience="notifier", now=self._clock()
        )
        headers = {"Authorization": token, "Content-Type": "application/json"}
        trace = traceparent()
        return {**headers, "traceparent": trace} if trace else headers

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
    }
    return msgspec.json.encode(fields)
