"""The inbox as JSON, in the shapes of Mailpit's API v1, so that its clients work here too."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from stand_in_mailbox.mail import content_of
from stand_in_mailbox.messages import Inbox, Message

Json = dict[str, object]
PAGE = 50
SNIPPET_CHARACTERS = 250
LISTED = ("ID", "MessageID", "From", "To", "Cc", "Bcc", "ReplyTo", "Subject", "Tags")
"""What a list says of a message."""
UNSAID = ("Raw", "Headers")
# What a stranger attached must not run as a page of this origin.
DOWNLOAD = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}


class _Deletion(msgspec.Struct):
    ids: list[str] = msgspec.field(name="IDs", default_factory=list[str])


def mailpit_routes(inbox: Inbox) -> list[Route]:
    """Return the endpoints."""

    async def listed(request: Request) -> Response:
        query = request.query_params.get("query", "")
        return _page(inbox, request, [message for message in inbox if message.matches(query)])

    async def delete(request: Request) -> Response:
        wanted = msgspec.json.decode(await request.body() or b"{}", type=_Deletion)
        inbox.remove(set(wanted.ids) or None)
        return PlainTextResponse("ok")

    async def one(request: Request) -> Response:
        message = inbox.find(request.path_params["id"])
        if message is None:
            return PlainTextResponse("message not found", status_code=404)
        inbox.mark_read(message)
        return JSONResponse(_whole(message))

    async def part(request: Request) -> Response:
        message, number = inbox.find(request.path_params["id"]), request.path_params["part"]
        content = content_of(message, number) if message else None
        if content is None:
            return PlainTextResponse("part not found", status_code=404)
        return Response(content, media_type="application/octet-stream", headers=DOWNLOAD)

    return [
        Route("/api/v1/messages", listed, methods=["GET"]),
        Route("/api/v1/messages", delete, methods=["DELETE"]),
        Route("/api/v1/search", listed),
        Route("/api/v1/message/{id}", one),
        Route("/api/v1/message/{id}/part/{part}", part),
    ]


def _page(inbox: Inbox, request: Request, found: list[Message]) -> Response:
    start, limit = _number(request, "start", 0), _number(request, "limit", PAGE)
    shown = found[start : start + limit]
    page = {
        "total": len(inbox),
        "unread": inbox.unread(),
        "count": len(shown),
        "messages_count": len(found),
        "messages_unread": sum(not inbox.is_read(message) for message in found),
        "start": start,
        "tags": sorted({tag for message in inbox for tag in message.tags}),
        "messages": [_summary(inbox, message) for message in shown],
    }
    return JSONResponse(page)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


def _summary(inbox: Inbox, message: Message) -> Json:
    fields: Json = msgspec.to_builtins(message, builtin_types=(bytes,))
    return {name: fields[name] for name in LISTED} | {
        "Read": inbox.is_read(message),
        "Created": fields["Date"],
        "Size": len(message.raw),
        "Attachments": len(message.attachments),
        "Snippet": " ".join(message.text.split())[:SNIPPET_CHARACTERS],
    }


def _whole(message: Message) -> Json:
    fields: Json = msgspec.to_builtins(message, builtin_types=(bytes,))
    unsubscribe = message.header("List-Unsubscribe")
    return {name: value for name, value in fields.items() if name not in UNSAID} | {
        "Size": len(message.raw),
        "ListUnsubscribe": {
            "Header": unsubscribe,
            "Links": [link.strip().strip("<>") for link in unsubscribe.split(",") if link.strip()],
            "Errors": "",
            "HeaderPost": message.header("List-Unsubscribe-Post"),
        },
    }
