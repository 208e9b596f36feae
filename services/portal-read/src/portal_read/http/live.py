"""`GET /portal/{slug}/live`: server-sent events.

`changed` means "fetch yourself again", `signed-out` that it is over.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal_read import store
from portal_read.context import Portal
from portal_read.http import answers
from portal_read.http.page_request import Visit, arrive
from portal_read.http.viewer import judge, params_of
from portal_read.read_model import UNAVAILABLE

HEARTBEAT_SECONDS: Final = 15.0
_RETRY: Final = b"retry: 2000\n\n"
_CHANGED: Final = b"event: changed\ndata: -\n\n"
_SIGNED_OUT: Final = b"event: signed-out\ndata: -\n\n"
_HEARTBEAT: Final = b": \n\n"

StillIn = Callable[[], Awaitable[bool]]


def live(portal: Portal) -> answers.Endpoint:
    """A stream for each open page, so many a session at most."""
    open_streams: Counter[str] = Counter()

    @answers.answered(portal)
    async def endpoint(request: Request) -> Response:
        visit = await arrive(portal, request, store.SESSION_ONLY)
        token = visit.token
        if visit.visitor.standing != "signed_in" or token is None:
            return Response(status_code=204, headers={"Cache-Control": answers.NEVER_STORED})
        if open_streams[token.session_id] >= portal.settings.live_streams_per_session:
            return Response(status_code=429, headers={"Retry-After": "60"})

        async def body() -> AsyncGenerator[bytes]:
            open_streams[token.session_id] += 1
            try:
                with portal.hub.subscribed(token.business_id, token.customer_id) as woken:
                    async for part in events(woken, _still_in(portal, visit)):
                        yield part
            finally:
                open_streams[token.session_id] -= 1
                if not open_streams[token.session_id]:
                    del open_streams[token.session_id]

        headers = {"Cache-Control": answers.NEVER_STORED, "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers, media_type="text/event-stream")
        return StreamingResponse(body(), headers=headers, media_type="text/event-stream")

    return endpoint


async def events(
    woken: asyncio.Event, still_in: StillIn, *, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[bytes]:
    """The parts of a stream. Rights are looked at again before each; without them it says so and ends."""
    yield _RETRY
    while True:
        try:
            async with asyncio.timeout(heartbeat):
                await woken.wait()
        except TimeoutError:
            pass
        changed = woken.is_set()
        woken.clear()
        try:
            if not await still_in():
                yield _SIGNED_OUT
                return
        except UNAVAILABLE:
            if changed:
                woken.set()  # told as soon as it can be looked at
            await asyncio.sleep(1)
            changed = False
        yield _CHANGED if changed else _HEARTBEAT


def _still_in(portal: Portal, visit: Visit) -> StillIn:
    business_id = visit.visitor.business.business_id

    async def still_in() -> bool:
        token = portal.verifier.verify(visit.request.cookies, business_id)  # it may have expired
        if token is None:
            return False
        found = await portal.read_model.page(business_id, store.SESSION_ONLY, params_of(business_id, token))
        visitor = judge(token, found)
        return visitor is not None and visitor.standing == "signed_in"

    return still_in
