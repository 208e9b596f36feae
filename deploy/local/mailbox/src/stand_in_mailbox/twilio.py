"""Twilio's stand-in: `POST /2010-04-01/Accounts/{sid}/Messages.json`, form fields and answers as at Twilio.

It posts what becomes of each text to its `StatusCallback`, and texts that people send to the URL of the
account, signed. STOP blocks a pair of numbers until START. Source: Twilio's Message resource, its guides to
webhooks and opt-outs, and its dictionary of errors.
"""

import asyncio
import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from hmac import compare_digest
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from stand_in_mailbox.faults import SILENCE_SECONDS, Faults
from stand_in_mailbox.messages import Address, Inbox, Message

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
MORE_INFO = "https://www.twilio.com/docs/errors/"
STOP = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
START = ("START", "UNSTOP", "YES")
REFUSED = {
    "21610": "Attempt to send to unsubscribed recipient",
    "21614": "'To' number is not a valid mobile number",
}
"""Faults that Twilio knows at once."""
LOST = ("30003", "30005", "30006")
"""Faults that a network tells of after the text was taken."""


@dataclass(frozen=True)
class Account:
    """The only account that may send; texts that people send are posted to `replies_url`."""

    sid: str
    token: str
    replies_url: str = ""


class Callbacks:
    """Posts to whoever sends texts, signed, one after the other; nobody who is away is asked again."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._posting: set[asyncio.Task[None]] = set()

    def post(self, url: str, *posts: Mapping[str, str]) -> None:
        """Post these fields, in the background."""
        task = asyncio.create_task(self._post(url, posts))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def _post(self, url: str, posts: tuple[Mapping[str, str], ...]) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=15) as client:
            for fields in posts:
                try:
                    headers = {"X-Twilio-Signature": signature(self._account.token, url, fields)}
                    await client.post(url, data=dict(fields), headers=headers)
                except httpx.HTTPError:
                    return


def signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """https://www.twilio.com/docs/usage/webhooks/webhooks-security"""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def twilio_routes(account: Account, inbox: Inbox, faults: Faults) -> list[Route]:
    """Return the endpoint, and that by which a phone here answers."""
    callbacks, stopped = Callbacks(account), set[tuple[str, str]]()

    async def create(request: Request) -> Response:
        if not _is_authorized(request, account):
            return _error(401, 20003, "Authenticate")
        form = {name: str(value) for name, value in (await request.form()).items()}
        if refusal := _refusal(form):
            return _error(400, *refusal)
        fault = faults.take("sms", form["To"])
        if (form["From"], form["To"]) in stopped:
            fault = "21610"
        match fault:
            case "429":
                return _error(429, 20429, "Too Many Requests", {"Retry-After": "1"})
            case "500":
                return _error(500, 20500, "An internal server error has occurred")
            case "21610" | "21614":
                return _error(400, int(fault), REFUSED[fault])
            case _:
                message, sid = _message(form), "SM" + secrets.token_hex(16)
        if fault not in LOST:
            inbox.add(message)
        if url := form.get("StatusCallback"):
            callbacks.post(url, *_reports(account, form, sid, fault if fault in LOST else None))
        if fault == "timeout-after-accept":
            await asyncio.sleep(SILENCE_SECONDS)
        return JSONResponse(_resource(account, message, sid), status_code=201)

    async def reply(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        phone, sender, body = form.get("From", ""), form.get("To", ""), form.get("Body", "")
        if not (E164.fullmatch(phone) and E164.fullmatch(sender)):  # nobody can answer a name
            return _error(400, 21211, "From and To must be numbers.")
        word = body.strip().upper()
        kind = "STOP" if word in STOP else "START" if word in START else ""
        if kind:
            (stopped.add if kind == "STOP" else stopped.discard)((sender, phone))
        sid = "SM" + secrets.token_hex(16)
        fields = {"MessageSid": sid, "SmsSid": sid, "AccountSid": account.sid, "ApiVersion": "2010-04-01"}
        fields |= {"From": phone, "To": sender, "Body": body, "NumMedia": "0", "NumSegments": "1"}
        if account.replies_url:
            callbacks.post(account.replies_url, fields)
        return RedirectResponse(f"/?id={quote(form.get('id', ''), safe='')}", status_code=303)

    return [
        Route("/2010-04-01/Accounts/{sid}/Messages.json", create, methods=["POST"]),
        Route("/_reply", reply, methods=["POST"]),
    ]


def _reports(account: Account, form: Mapping[str, str], sid: str, error: str | None) -> list[dict[str, str]]:
    common = {"AccountSid": account.sid, "ApiVersion": "2010-04-01", "MessageSid": sid, "SmsSid": sid}
    common |= {"From": form["From"], "To": form["To"]}
    ends = {"undelivered": {"ErrorCode": error}} if error else {"delivered": dict[str, str]()}
    steps: dict[str, dict[str, str]] = {"sent": {}, **ends}
    return [{**common, "MessageStatus": name, "SmsStatus": name, **more} for name, more in steps.items()]


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


def _resource(account: Account, message: Message, sid: str) -> dict[str, object]:
    created = format_datetime(message.received)
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
