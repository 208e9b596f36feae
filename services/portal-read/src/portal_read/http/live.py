"""`GET /portal/{slug}/live`: server-sent events.

`changed` means "fetch yourself again", `signed-out` that it is over, `beat` that the stream still lives: a
script can't see a comment, and nothing else tells it of a connection that died without a word.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from chassis.identity import SessionToken
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal_read import store
from portal_read.context import Context
from portal_read.http import answers, own_domain
from portal_read.http.page_request import open_page
from portal_read.http.viewer import page_viewer, viewer_params
from portal_read.live_updates import Wake
from portal_read.read_model import UNAVAILABLE

HEARTBEAT_SECONDS: Final = 15.0
"""The longest that a stream is silent; `live.js` counts on it."""
_RETRY: Final = b"retry: 2000\n\n"
_SIGNED_OUT: Final = b"event: signed-out\ndata: -\n\n"
_BEAT: Final = b"event: beat\ndata: -\n\n"

StillIn = Callable[[], Awaitable[bool]]


async def live(ctx: Context, request: Request) -> Response:
    """A stream for each open page, so many a session at most."""
    page = await open_page(ctx, request, store.SESSION_ONLY)
    if isinstance(page, Response):
        return page
    token = page.token
    if page.viewer.state != "signed_in" or token is None:
        return Response(status_code=204, headers={"Cache-Control": answers.NEVER_STORED})
    if ctx.live_updates.streams[token.session_id] >= ctx.settings.live_streams_per_session:
        return Response(status_code=429, headers={"Retry-After": "60"})
    headers = {"Cache-Control": answers.NEVER_STORED, "X-Accel-Buffering": "no"}
    if request.method == "HEAD":
        return Response(headers=headers, media_type="text/event-stream")
    body = _stream(ctx, request, token)
    return StreamingResponse(body, headers=headers, media_type="text/event-stream")


async def _stream(ctx: Context, request: Request, token: SessionToken) -> AsyncGenerator[bytes]:
    updates = ctx.live_updates
    with (
        updates.counted(token.session_id),
        updates.subscribed(token.business_id, token.customer_id, token.session_id) as woken,
    ):
        if token.session_id in ctx.ended_sessions:  # since the page was opened
            woken.set()
        async for part in events(woken, updates.in_turn(_still_in(ctx, request, token.business_id))):
            yield part


async def events(
    woken: Wake, still_in: StillIn, *, heartbeat: float = HEARTBEAT_SECONDS
) -> AsyncGenerator[bytes]:
    """The parts of a stream. With each, rights are looked at again; without them it says so and ends.

    A change is told first: it says no more than that, who then fetches is judged anew, and of a thousand
    pages that an event wakes none waits for the rights of the others.
    """
    yield _RETRY + _BEAT
    while True:
        try:
            async with asyncio.timeout(until_beat(heartbeat)):
                await woken.wait()
        except TimeoutError:
            pass
        told = woken.is_set()
        if told:
            woken.clear()
            yield _changed(woken.trace)
        try:
            if not await still_in():
                yield _SIGNED_OUT
                return
        except UNAVAILABLE:
            await asyncio.sleep(1)  # looked at with the next
        if not told:
            yield _BEAT


def _changed(trace: str | None) -> bytes:
    """With its trace the page is fetched, so that this one leads to what the customer sees."""
    return f"event: changed\ndata: {trace or '-'}\n\n".encode()


def until_beat(heartbeat: float) -> float:
    """Seconds to the next beat: streams that an event woke together part again, by chance."""
    return heartbeat * random.uniform(0.75, 1)  # noqa: S311  # nobody gains by knowing it


def _still_in(ctx: Context, request: Request, business_id: str) -> StillIn:
    async def still_in() -> bool:
        token = ctx.verifier.verify(request.cookies, business_id)  # it may have expired
        if token is None:
            return False
        params = viewer_params(business_id, token)
        viewer = page_viewer(token, await ctx.read_model.page(business_id, store.SESSION_ONLY, params))
        if viewer is None or own_domain.lives_elsewhere(request, viewer.business):
            return False  # its page loads itself anew, and is led there
        return viewer.state == "signed_in" and own_domain.is_found(ctx, request, viewer.business)

    return still_in
