"""The way of every request to the API: key, account, fault, idempotency key, transaction, answer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stand_in_stripe.errors import StripeError
from stand_in_stripe.faults import take
from stand_in_stripe.idempotency import IdempotencyKeys, KeptAnswer, KeyUse
from stand_in_stripe.limits import too_many
from stand_in_stripe.objects import Json, encode, new_id
from stand_in_stripe.operations import OPERATIONS, Operation, perform
from stand_in_stripe.parameters import decode
from stand_in_stripe.sandbox import PLATFORM, Context, Sandbox


class NoAnswer(Response):
    """Promises a byte and ends without it, so that the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin an answer that never comes."""
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}
        await send(start)


class Api:
    """Stripe's API, for whoever has the one secret key."""

    def __init__(self, sandbox: Sandbox, secret_key: str) -> None:
        self._sandbox, self._secret_key = sandbox, secret_key
        self._keys = IdempotencyKeys(sandbox.books)

    def routes(self) -> list[Route]:
        """Return the endpoints, and Stripe's answer to any other path."""
        routes = [
            Route(operation.path, self._endpoint(operation), methods=[operation.method])
            for operation in OPERATIONS
        ]
        return [*routes, Route("/v1/{path:path}", _unrecognized, methods=["GET", "POST", "DELETE"])]

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            identifier, body = new_id("req", 14), (await request.body()).decode(errors="replace")
            try:
                answer, headers = await self._answer(request, operation, body, identifier), {}
            except StripeError as error:
                answer, headers = _refusal(error, identifier), error.headers
            return _response(request, identifier, answer, headers) if answer else NoAnswer()

        return serve

    async def _answer(
        self, request: Request, operation: Operation, body: str, identifier: str
    ) -> KeptAnswer | None:
        """None: the client waits for nothing."""
        _check_key(request, self._secret_key)
        self._sandbox.limits.take(operation.key, self._sandbox.clock())
        account = request.headers.get("stripe-account") or PLATFORM
        key = request.headers.get("idempotency-key")
        self._sandbox.account(account)
        ctx = Context(self._sandbox, account, {"id": identifier, "idempotency_key": key})
        fault = take(self._sandbox.faults, operation.place)
        kind, seconds = (fault.kind, fault.pause) if fault else ("", 0.0)
        if kind == "429":
            raise too_many("global-rate")
        use = KeyUse(account, key or "", request.url.path, body)
        keyed = use if key is not None and request.method == "POST" else None
        with self._keys.held(keyed, ctx.now) as kept:
            if kind == "timeout" and kept is None:
                # Stripe is still at work: the key stays held until the client gives up.
                await _silence(request, seconds)
                return None
            form = body if request.method == "POST" else request.url.query
            work = partial(perform, operation, ctx, decode(form), request.path_params)
            answer = kept or self._work(work, ctx, keyed, kind)
        if kind.endswith("timeout"):
            await _silence(request, seconds if kept is None else 0)
            return None
        return answer

    def _work(self, work: Callable[[], Json], ctx: Context, use: KeyUse | None, fault: str) -> KeptAnswer:
        identifier: str = ctx.cause["id"]
        with self._sandbox.books.transaction():
            try:
                if fault == "500":
                    raise _internal()
                answer = KeptAnswer(200, encode(work()), identifier)
                if fault == "commit-then-500":
                    answer = _refusal(_internal(), identifier)
            except StripeError as error:
                if not error.remembered:
                    raise
                answer = _refusal(error, identifier)
            if use is not None:
                self._keys.keep(use, answer, ctx.now)
        return answer


def _check_key(request: Request, secret_key: str) -> None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    credentials = credentials.strip()
    if scheme.lower() != "bearer" or not credentials:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header,"
            " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise StripeError(401, message)
    if not compare_digest(credentials.encode(), secret_key.encode()):
        long = len(credentials) > len("sk_test_") * 2
        hidden = f"{credentials[:8]}{'*' * 8}{credentials[-4:]}" if long else "*" * len(credentials)
        raise StripeError(401, f"Invalid API Key provided: {hidden}")


async def _silence(request: Request, seconds: float) -> None:
    """Say nothing for so long, or until the client has had enough."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


def _internal() -> StripeError:
    # Stripe's own fault is kept under the idempotency key.
    message = "An unknown error occurred in the Stripe sandbox, as was asked of it."
    return StripeError(500, message, "api_error", remembered=True)


def _refusal(error: StripeError, identifier: str) -> KeptAnswer:
    return KeptAnswer(error.status, encode(error.body()), identifier)


def _response(request: Request, identifier: str, answer: KeptAnswer, more: Mapping[str, str]) -> Response:
    headers = {**more, "Request-Id": identifier, "Cache-Control": "no-cache, no-store"}
    for name in ("Idempotency-Key", "Stripe-Account", "Stripe-Version"):
        if value := request.headers.get(name):
            headers[name] = value
    if "Idempotency-Key" in headers and answer.status < 400:
        headers["Original-Request"] = answer.request
    if answer.request != identifier:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, answer.status, headers, media_type="application/json")


async def _unrecognized(request: Request) -> Response:
    message = (
        f"Unrecognized request URL ({request.method}: {request.url.path})."
        " The Stripe sandbox knows only what its README lists."
    )
    return Response(encode(StripeError(404, message).body()), 404, media_type="application/json")
