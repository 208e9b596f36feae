"""The way of every request: key, account, fault, idempotency key, transaction, answer."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stand_in_stripe.api.call import Call, Handler, check_key, owner_of
from stand_in_stripe.errors import StripeError, internal, too_many
from stand_in_stripe.faults import Faults, Planned
from stand_in_stripe.forms import decode
from stand_in_stripe.idempotency import Kept, Keys, Use
from stand_in_stripe.ids import new_id
from stand_in_stripe.render import encode
from stand_in_stripe.sandbox import Sandbox
from stand_in_stripe.shapes.event import EventRequest


@dataclass(frozen=True)
class Answer:
    """Status and body; `kept` is the answer of an earlier request with the same key."""

    status: int
    body: bytes
    kept: Kept | None = None


class NoAnswer(Response):
    """Promises a byte and ends without it, so that the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin an answer that never comes."""
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}
        await send(start)


class Api:
    """Serves handlers. `place` is where a fault can be planned for one: `checkout.sessions.create`."""

    def __init__(self, sandbox: Sandbox, faults: Faults, secret_key: str) -> None:
        self._sandbox, self._faults, self._secret_key = sandbox, faults, secret_key
        self._keys = Keys(sandbox.books)

    async def serve(self, request: Request, place: str, handler: Handler) -> Response:
        """Answer, or fail as planned."""
        identifier = new_id("req", 14)
        body = await request.body()
        try:
            check_key(request, self._secret_key)
            owner = owner_of(request, self._sandbox)
            call, use = self._call(request, owner, body, identifier), _use(request, owner, body)
            fault = self._faults.take(place)
            if fault and fault.kind == "429":
                raise too_many()
            with self._held(use) as kept:
                answer = await self._answer(request, handler, call, use, kept, fault)
        except StripeError as error:
            answer = _refusal(error)
        else:
            if fault and fault.kind.endswith("timeout"):
                await _silence(request, fault.seconds if fault.kind.startswith("commit") else 0)
                return NoAnswer()
        return _response(request, identifier, answer)

    async def _answer(
        self,
        request: Request,
        handler: Handler,
        call: Call,
        use: Use | None,
        kept: Kept | None,
        fault: Planned | None,
    ) -> Answer:
        if kept is not None:
            return Answer(kept.status, kept.body, kept)
        if fault and fault.kind == "timeout":
            # Stripe is still at work: the key stays held until the client gives up.
            await _silence(request, fault.seconds)
            return Answer(504, b"")
        return self._work(handler, call, use, fault.kind if fault else "")

    def _work(self, handler: Handler, call: Call, use: Use | None, fault: str) -> Answer:
        with self._sandbox.books.transaction():
            try:
                if fault == "500":
                    raise internal()
                answer = Answer(200, encode(handler(call)))
                if fault == "commit-then-500":
                    answer = _refusal(internal())
            except StripeError as error:
                if not error.remembered:
                    raise
                answer = _refusal(error)
            if use is not None:
                kept = Kept(answer.status, answer.body, call.cause.id or "")
                self._keys.keep(use, kept, self._sandbox.now())
        return answer

    def _call(self, request: Request, owner: str, body: bytes, identifier: str) -> Call:
        encoded = body.decode(errors="replace") if request.method == "POST" else request.url.query
        cause = EventRequest(id=identifier, idempotency_key=request.headers.get("idempotency-key"))
        return Call(self._sandbox, owner, decode(encoded), dict(request.path_params), cause)

    @contextmanager
    def _held(self, use: Use | None) -> Generator[Kept | None]:
        kept = self._keys.begin(use) if use else None
        try:
            yield kept
        finally:
            if use and kept is None:
                self._keys.end(use)


def _use(request: Request, owner: str, body: bytes) -> Use | None:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    return Use(owner, key, request.url.path, body)


async def _silence(request: Request, seconds: float) -> None:
    """Say nothing for so long, or until the client has had enough."""
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return


def _refusal(error: StripeError) -> Answer:
    return Answer(error.status, encode(error.body()))


def _response(request: Request, identifier: str, answer: Answer) -> Response:
    headers = {"Request-Id": identifier, "Cache-Control": "no-cache, no-store"}
    for name in ("Idempotency-Key", "Stripe-Account", "Stripe-Version"):
        if value := request.headers.get(name):
            headers[name] = value
    if "Idempotency-Key" in headers and answer.status < 400:
        headers["Original-Request"] = answer.kept.request if answer.kept else identifier
    if answer.kept is not None:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, media_type="application/json")
