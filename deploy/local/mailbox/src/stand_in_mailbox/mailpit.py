"""The inbox as JSON, in the shapes of Mailpit's API v1, so that its clients work here too.

An SMS is a message with the tag `sms` and its text in `Text`.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from stand_in_mailbox.inbox import Inbox
from stand_in_mailbox.message import Address, Attachment, Message
from stand_in_mailbox.search import matches

Json = dict[str, object]
SNIPPET_CHARACTERS = 250
PAGE = 50


def mailpit_routes(inbox: Inbox) -> list[Route]:
    """Return the endpoints."""

    async def messages(request: Request) -> Response:
        return _page(inbox, request, list(inbox))

    async def search(request: Request) -> Response:
        query = request.query_params.get("query", "")
        return _page(inbox, request, [message for message in inbox if matches(message, query)])

    async def delete(request: Request) -> Response:
        body = await request.body()
        wanted = _ids(await request.json()) if body else set[str]()
        inbox.remove(wanted) if wanted else inbox.clear()
        return PlainTextResponse("ok")

    async def message(request: Request) -> Response:
        found = inbox.find(request.path_params["id"])
        if found is None:
            return _not_found()
        inbox.mark_read(found)
        return JSONResponse(full(found))

    async def headers(request: Request) -> Response:
        found = inbox.find(request.path_params["id"])
        return JSONResponse(_headers(found)) if found else _not_found()

    async def raw(request: Request) -> Response:
        found = inbox.find(request.path_params["id"])
        return PlainTextResponse(found.raw) if found else _not_found()

    async def part(request: Request) -> Response:
        found = inbox.find(request.path_params["id"])
        files = found.attachments if found else ()
        file = next((each for each in files if each.part_id == request.path_params["part"]), None)
        return (
            Response(file.content, media_type=file.content_type, headers=DOWNLOAD) if file else _not_found()
        )

    return [
        Route("/api/v1/messages", messages, methods=["GET"]),
        Route("/api/v1/messages", delete, methods=["DELETE"]),
        Route("/api/v1/search", search),
        Route("/api/v1/message/{id}", message),
        Route("/api/v1/message/{id}/headers", headers),
        Route("/api/v1/message/{id}/raw", raw),
        Route("/api/v1/message/{id}/part/{part}", part),
    ]


# What a stranger attached must not run as a page of this origin.
DOWNLOAD = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}


def summary(inbox: Inbox, message: Message) -> Json:
    """Return Mailpit's MessageSummary."""
    return _common(message) | {
        "Read": inbox.is_read(message),
        "Created": message.received.isoformat(),
        "Attachments": len(message.attachments),
        "Snippet": " ".join(message.text.split())[:SNIPPET_CHARACTERS],
    }


def full(message: Message) -> Json:
    """Return Mailpit's Message."""
    return _common(message) | {
        "ReturnPath": message.return_path,
        "Date": message.received.isoformat(),
        "Text": message.text,
        "HTML": message.html,
        "Inline": [_file(file) for file in message.attachments if file.inline],
        "Attachments": [_file(file) for file in message.attachments if not file.inline],
        "ListUnsubscribe": _unsubscribe(message),
    }


def _common(message: Message) -> Json:
    return {
        "ID": message.id,
        "MessageID": message.message_id,
        "From": _address(message.sender),
        "To": [_address(address) for address in message.to],
        "Cc": [_address(address) for address in message.cc],
        "Bcc": [_address(address) for address in message.bcc],
        "ReplyTo": [_address(address) for address in message.reply_to],
        "Subject": message.subject,
        "Username": "",
        "Tags": ["sms"] if message.kind == "sms" else [],
        "Size": message.size,
    }


def _page(inbox: Inbox, request: Request, found: list[Message]) -> Response:
    start, limit = _number(request, "start", 0), _number(request, "limit", PAGE)
    shown = found[start : start + limit]
    return JSONResponse(
        {
            "total": len(inbox),
            "unread": inbox.unread(),
            "count": len(shown),
            "messages_count": len(found),
            "messages_unread": sum(not inbox.is_read(message) for message in found),
            "start": start,
            "tags": sorted({"sms" for message in inbox if message.kind == "sms"}),
            "messages": [summary(inbox, message) for message in shown],
        }
    )


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


def _ids(body: object) -> set[str]:
    listed: object = body.get("IDs") if isinstance(body, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return {str(each) for each in listed} if isinstance(listed, list) else set()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _headers(message: Message) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in message.headers:
        grouped.setdefault(name, []).append(value)
    return grouped


def _address(address: Address) -> Json:
    return {"Name": address.name, "Address": address.address}


def _file(file: Attachment) -> Json:
    return {
        "PartID": file.part_id,
        "FileName": file.file_name,
        "ContentType": file.content_type,
        "ContentID": file.content_id,
        "Size": len(file.content),
        "Checksums": {
            "MD5": hashlib.md5(file.content, usedforsecurity=False).hexdigest(),
            "SHA1": hashlib.sha1(file.content, usedforsecurity=False).hexdigest(),
            "SHA256": hashlib.sha256(file.content).hexdigest(),
        },
    }


def _unsubscribe(message: Message) -> Json:
    header = message.header("List-Unsubscribe")
    links = [link.strip().strip("<>") for link in header.split(",") if link.strip()]
    return {
        "Header": header,
        "Links": links,
        "Errors": "",
        "HeaderPost": message.header("List-Unsubscribe-Post"),
    }


def _not_found() -> Response:
    return PlainTextResponse("message not found", status_code=404)
