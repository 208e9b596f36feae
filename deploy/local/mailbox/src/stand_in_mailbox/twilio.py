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

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stand_in_mailbox.faults import SILENCE_SECONDS, Faults
from stand_in_mailbox.messages import Address, Inbox, Message

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
MORE_INFO = "https://www.twilio.com/docs/errors/"


@dataclass(frozen=True)
class Account:
    """The only account that may send."""

    sid: str
    token: str


def twilio_route(account: Account, inbox: Inbox, faults: Faults) -> Route:
    """Return the endpoint."""

    async def create(request: Request) -> Response:
        if not _is_authorized(request, account):
            return _error(401, 20003, "Authenticate")
        form = {name: str(value) for name, value in (await request.form()).items()}
        if refusal := _refusal(form):
            return _error(400, *refusal)
        match fault := faults.take("sms", form["To"]):
            case "429":
                return _error(429, 20429, "Too Many Requests", {"Retry-After": "1"})
            case "500":
                return _error(500, 20500, "An internal server error has occurred")
            case _:
                message = _message(form)
        inbox.add(message)
        if fault == "timeout-after-accept":
            await asyncio.sleep(SILENCE_SECONDS)
        return JSONResponse(_resource(account, message), status_code=201)

    return Route("/2010-04-01/Accounts/{sid}/Messages.json", create, methods=["POST"])


def _is_authorized(request: Request, account: Account) -> bool:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    expected = base64.b64encode(f"{account.sid}:{account.token}".encode())
    same = compare_digest(credentials.strip().encode(), expected)
    return scheme.lower() == "basic" and same and request.path_params["sid"] == account.sid


def _refusal(form: dict[str, str]) -> tuple[int, str] | None:
    to, body = form.get("To", ""), form.get("Body", "")
    problems = (
        (not to, 21604, "A 'To' phone number is required."),
        (not E164.fullmatch(to), 21211, f"Invalid 'To' Phone Number: {to}"),
        (not form.get("From"), 21603, "A 'From' phone number is required."),
        (not body, 21602, "Message body is required."),
        (len(body) > LONGEST_BODY, 21617, f"The body exceeds the {LONGEST_BODY} character limit."),
    )
    return next(((code, text) for wrong, code, text in problems if wrong), None)


def _message(form: dict[str, str]) -> Message:
    sender, to, body = Address(form["From"]), Address(form["To"]), form["Body"]
    return Message(sender=sender, to=(to,), text=body, tags=("sms",), raw=body.encode())


def _resource(account: Account, message: Message) -> dict[str, object]:
    sid, created = "SM" + secrets.token_hex(16), format_datetime(message.received)
    return {
        "account_sid": account.sid,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": created,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.sender.address,
        "sid": sid,
        "status": "queued",
        "to": message.to[0].address,
        "uri": f"/2010-04-01/Accounts/{account.sid}/Messages/{sid}.json",
    }


def _error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"code": code, "message": message, "more_info": f"{MORE_INFO}{code}", "status": status}
    return JSONResponse(body, status, headers)
