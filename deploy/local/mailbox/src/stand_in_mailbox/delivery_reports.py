"""Twilio's delivery reports: signed posts to the StatusCallback of a message, `sent` and then the outcome.

Source: Twilio's "Validating requests": X-Twilio-Signature is the base64 of the HMAC-SHA1, by the auth
token, of the full URL followed by every form field, name and value, sorted by name.
"""

import asyncio
import base64
import hashlib
import hmac
import logging
from dataclasses import dataclass

import httpx

UNDELIVERED_CODE = "30003"  # unreachable destination handset
TRIES = 5
PAUSE_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What becomes of one message; `final` is None when no last report will ever come."""

    account_sid: str
    message_sid: str
    to: str
    sender: str
    final: str | None


class DeliveryReports:
    """Sends reports in the background, each in order, with a few tries."""

    def __init__(self, auth_token: str, client: httpx.AsyncClient) -> None:
        self._token = auth_token
        self._client = client
        self._running: set[asyncio.Task[None]] = set()

    def send(self, callback: str, outcome: Outcome) -> None:
        """Report `outcome` to `callback`, soon."""
        task = asyncio.create_task(self._send_all(callback, outcome))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self) -> None:
        """Wait until every report is out."""
        await asyncio.gather(*self._running)

    async def _send_all(self, callback: str, outcome: Outcome) -> None:
        for status in ("sent", outcome.final):
            if status is not None and not await self._post(callback, _fields(outcome, status)):
                log.warning("a delivery report found no listener at its StatusCallback")

    async def _post(self, callback: str, fields: dict[str, str]) -> bool:
        headers = {"X-Twilio-Signature": signature(self._token, callback, fields)}
        for attempt in range(TRIES):
            try:
                answer = await self._client.post(callback, data=fields, headers=headers)
                if answer.is_success:
                    return True
            except httpx.HTTPError as error:
                log.debug("delivery report failed: %s", type(error).__name__)
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        return False


def signature(auth_token: str, url: str, fields: dict[str, str]) -> str:
    """Return the value of X-Twilio-Signature."""
    signed = url + "".join(name + value for name, value in sorted(fields.items()))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _fields(outcome: Outcome, status: str) -> dict[str, str]:
    fields = {
        "AccountSid": outcome.account_sid,
        "ApiVersion": "2010-04-01",
        "From": outcome.sender,
        "MessageSid": outcome.message_sid,
        "MessageStatus": status,
        "SmsSid": outcome.message_sid,
        "SmsStatus": status,
        "To": outcome.to,
    }
    return fields | ({"ErrorCode": UNDELIVERED_CODE} if status == "undelivered" else {})
