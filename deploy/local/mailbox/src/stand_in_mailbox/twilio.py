"""Twilio's stand-in: `POST /2010-04-01/Accounts/{sid}/Messages.json`, form fields and answers as at Twilio.

Source: Twilio's Message resource, and its dictionary of errors for the codes.
"""

import asyncio
import base64
import re
import secrets
from dataclasses import dataclass
from email.utils import format_datetime
from hmac import compare_digest

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand_in_mailbox.delivery_reports import DeliveryReports, Outcome
from stand_in_mailbox.faults import Faults
from stand_in_mailbox.inbox import Inbox
from stand_in_mailbox.message import Address, Message
from stand_in_mailbox.segments import segments

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
SILENCE_SECONDS = 120.0
MORE_INFO = "https://www.twilio.com/docs/errors/"


@dataclass(frozen=True)
class Account:
    """The only account that may send."""

    sid: str
    token: str


def twilio_routes(account: Account, inbox: Inbox, faults: Faults, reports: DeliveryReports) -> list[Route]:
    """Return the endpoint."""

    async def create(request: Request) -> Response:
        if not _authorized(request, account):
            return _error(401, 20003, "Authenticate")
        form = await request.form()
        if (refusal := _refusal(form)) is not None:
            return refusal
        fault = faults.take("sms", _field(form, "To"))
        if fault in {"429", "500"}:
            return (
                _too_many() if fault == "429" else _error(500, 20500, "An internal server error has occurred")
            )
        return await _accept(form, fault)

    async def _accept(form: FormData, fault: str | None) -> Response:
        message, sid = _received(form), "SM" + secrets.token_hex(16)
        inbox.add(message)
        if callback := _field(form, "StatusCallback"):
            reports.send(callback, _outcome(account, sid, message, fault))
        if fault == "timeout-after-accept":
            await asyncio.sleep(SILENCE_SECONDS)
        return JSONResponse(_resource(account, sid, message), status_code=201)

    return [Route("/2010-04-01/Accounts/{sid}/Messages.json", create, methods=["POST"])]


def _authorized(request: Request, account: Account) -> bool:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    expected = base64.b64encode(f"{account.sid}:{account.token}".encode())
    right_account = request.path_params["sid"] == account.sid
    return (
        scheme.lower() == "basic" and compare_digest(credentials.strip().encode(), expected) and right_account
    )


def _refusal(form: FormData) -> Response | None:
    to, body = _field(form, "To"), _field(form, "Body")
    if not to:
        return _error(400, 21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        return _error(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if not _field(form, "From") and not _field(form, "MessagingServiceSid"):
        return _error(400, 21603, "A 'From' phone number is required.")
    if not body:
        return _error(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        return _error(
            400, 21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit."
        )
    return None


def _received(form: FormData) -> Message:
    body, sender = _field(form, "Body"), _field(form, "From") or _field(form, "MessagingServiceSid")
    return Message("sms", Address(sender), (Address(_field(form, "To")),), body, raw=body.encode())


def _outcome(account: Account, sid: str, message: Message, fault: str | None) -> Outcome:
    final = {"undelivered": "undelivered", "no-report": None}.get(fault or "", "delivered")
    return Outcome(account.sid, sid, message.to[0].address, message.sender.address, final)


def _resource(account: Account, sid: str, message: Message) -> dict[str, object]:
    uri = f"/2010-04-01/Accounts/{account.sid}/Messages/{sid}"
    created = format_datetime(message.received)
    return {
        "account_sid": account.sid,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": created,
        "date_sent": None,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.sender.address,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(segments(message.text)),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to[0].address,
        "uri": f"{uri}.json",
    }


def _field(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _too_many() -> Response:
    answer = _error(429, 20429, "Too Many Requests")
    answer.headers["Retry-After"] = "1"
    return answer


def _error(status: int, code: int, message: str) -> Response:
    body = {"code": code, "message": message, "more_info": f"{MORE_INFO}{code}", "status": status}
    return JSONResponse(body, status_code=status)
