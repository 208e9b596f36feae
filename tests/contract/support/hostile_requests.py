"""Requests that no program of ours sends: what is wrong with a path, a header or a body, by name."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from chassis.settings import ServiceSettings
from chassis.web import service_token
from local_stack.environment import SERVICES
from starlette.types import ASGIApp
from structlog.typing import EventDict

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
_DEEP: Final = 10_000
BODIES: Final[Mapping[str, tuple[str, bytes]]] = {
    "nothing": (JSON, b""),
    "arrays without end": (JSON, b"[" * _DEEP),
    "arrays, nested": (JSON, b"[" * _DEEP + b"]" * _DEEP),
    "objects, nested": (JSON, b'{"slug":' * _DEEP + b"1" + b"}" * _DEEP),
    "a list": (JSON, b"[1]"),
    "null": (JSON, b"null"),
    "a text": (JSON, b'"x"'),
    "cut off in a text": (JSON, b'{"slug": "hik'),
    "cut off in an escape": (JSON, b'{"slug": "\\ud8'),
    "NUL in a text": (
        JSON,
        b'{"slug":"a\\u0000b","address":"a\\u0000b","code":"\\u0000","invoice_id":["\\u0000"]}',
    ),
    "NUL as a byte": (JSON, b'{"slug":"a\x00b"}'),
    "a lone surrogate": (
        JSON,
        b'{"slug":"\\ud800","address":"\\ud800@x.example","code":"\\ud800","id":"\\udfff"}',
    ),
    "no UTF-8": (JSON, b'{"slug":"\xff\xfe","address":"\xc3"}'),
    "UTF-16": (JSON, '{"slug":"x"}'.encode("utf-16")),
    "a byte order mark": (JSON, b'\xef\xbb\xbf{"slug":"x"}'),
    "a key twice": (JSON, b'{"slug":"one","slug":"two","address":"a@x.example","address":"b@x.example"}'),
    "wrong types": (
        JSON,
        b'{"slug":[],"address":{},"code":1,"choice":"x","remember":{},"everywhere":[1],"amount":{}}',
    ),
    "numbers without end": (JSON, b'{"choice":1e400,"amount":' + b"9" * 6_000 + b"}"),
    "a number beyond 64 bits": (JSON, b'{"choice":-18446744073709551617,"amount":18446744073709551617}'),
    "no numbers": (JSON, b'{"choice":NaN,"amount":-Infinity}'),
    "a megabyte": (JSON, b'{"slug":"' + b"x" * 1_000_000 + b'"}'),
    "a form of NULs": (FORM, b"address=%00&code=%00&invoice_id=%00&locale=%00&return=%00"),
    "a form that is no UTF-8": (FORM, b"address=%ff%fe&code=\xff&invoice_id=%c3"),
    "a form of surrogates": (FORM, b"address=%ed%a0%80&code=%ed%a0%80&locale=%ed%a0%80"),
    "a form of a thousand fields": (FORM, b"&".join(b"a%d=1" % n for n in range(1_000))),
    "a form of half signs": (FORM, b"&&==%&%f&address=%&code=%0"),
    "parts without a boundary": ("multipart/form-data", b"--x\r\n\r\n"),
    "JSON under a charset that there is none of": (f"{JSON}; charset=\xfe", b'{"slug":"x"}'),
    "no kind at all": ("", b"{}"),
    "a kind without end": ("x" * 4_000, b"{}"),
}
HEADERS: Final[Mapping[str, Mapping[str, bytes]]] = {
    "a length of 5,000 digits": {"content-length": b"9" * 5_000},
    "no length": {"content-length": b"-1"},
    "no key": {"authorization": b"Bearer \xff\xfe.\x80"},
    "a token of nothing": {"authorization": b"Bearer ."},
    "no cookies": {"cookie": b"__Host-flash=\xff; ;=; __Host-c-=%00; __Host-lang=\xfe"},
    "no languages": {"accept-language": b";q=\xff,,*;q=nan,en;q=1e999," + b"a-" * 3_000},
    "no tags": {"if-match": b'"\xff', "if-none-match": b'W/"', "accept": b"\xff"},
    "no source": {"x-forwarded-for": b"\xff, ,,%00,::ffff:999.1.1.1", "traceparent": b"00-\xff"},
    "no time": {"stripe-signature": b"t=\xff,v1=\x80," + b"t=9" * 500},
}
PATHS: Final[Sequence[str]] = (
    "%00",
    "a%00b",
    "%ff%fe",
    "%ed%a0%80",
    "..%2f..%2fetc",
    "x" * 3_000,
    "%f0%9f%98%80",
    "a%0d%0ab",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
)
QUERIES: Final[Sequence[str]] = (
    "payment=%00",
    "invoice=%00&invoice=%ff",
    "before=%00&after=x",
    "&&==%",
    "a=" + "x" * 9_000,
)


@dataclass(frozen=True)
class HostileRequest:
    """A request, and what is wrong with it."""

    wrong: str
    method: str
    path: str
    headers: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    body: bytes = b""

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Its answer."""
        headers = [(name.encode(), value) for name, value in self.headers.items()]
        content = _stream(self.body) if b"content-length" in dict(headers) else self.body
        return await client.request(self.method, self.path, headers=headers, content=content)


def hostile_requests(
    method: str, path: str, filled: str, headers: Mapping[str, bytes]
) -> Iterator[HostileRequest]:
    """Everything to ask of a route: `path` as its table has it, `filled` with ids that may be there."""
    for wrong, (kind, body) in BODIES.items():
        own = {**headers, "content-type": kind.encode("latin-1")}
        yield HostileRequest(wrong, method, filled, own, body)
    for wrong, other in HEADERS.items():
        yield HostileRequest(wrong, method, filled, {**headers, **other}, b"{}")
    for query in QUERIES:
        yield HostileRequest(query[:40], method, f"{filled}?{query}", headers)
    for part in PATHS if "{" in path else ():
        at = "/".join(part if name.startswith("{") else name for name in path.split("/"))
        yield HostileRequest(part[:40], method, at, headers)


def admitted(service: str, path: str, settings: ServiceSettings, key: str) -> dict[str, bytes]:
    """The headers of one who may ask, by a service token or the key of an integration: what is behind the
    door is tried too."""
    if not path.startswith("/internal/"):
        return {"authorization": f"Bearer {key}".encode()}
    ring = getattr(settings, f"{SERVICES[service][0]}_keys")
    caller = "auth-otp" if service == "notifier" else "portal-read"
    token = service_token.authorization(ring, caller=caller, audience=service, now=datetime.now(UTC))
    return {"authorization": token.encode()}


def failures(logs: Sequence[EventDict]) -> Iterator[EventDict]:
    """What was logged with frames, or as an error of ours."""
    for line in logs:
        if line["event"] == "http.failed" or line.get("exc_info"):
            yield line


async def _stream(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def cut_off(app: ASGIApp, method: str, path: str, headers: Mapping[str, bytes]) -> int | None:
    """A request whose sender goes away in the middle of its body; the status it is answered, if any."""
    messages: list[Any] = [
        {"type": "http.request", "body": b'{"slug": "hi', "more_body": True},
        {"type": "http.disconnect"},
    ]
    statuses: list[int] = []

    async def receive() -> Any:
        return messages.pop(0) if len(messages) > 1 else messages[0]

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    own = {**headers, "content-type": b"application/json", "content-length": b"4000"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value) for name, value in own.items()],
        "client": ("198.51.100.1", 1),
        "server": ("portal.test", 443),
        "scheme": "https",
    }
    await app(scope, receive, send)
    return statuses[0] if statuses else None
