"""Sessions that ended before their time, as auth-otp itself says: read every half second, by no queue.

The events say the same, and stay the truth: they come later, to the database, and outlive this process. What
is kept here is for the time between, however long consumers and relays stand still. Imported by those who ask
or answer alone: other services need no HTTP client for it.
"""

import asyncio
import heapq
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import httpx
import msgspec
import structlog

from chassis.backoff import Backoff
from chassis.clock import Clock
from chassis.observability.loop_health import LoopHealth
from chassis.refusals import Unavailable
from chassis.settings.keys import KeyRing
from chassis.web import service_token

log = structlog.get_logger(__name__)

ROUTE: Final = "/internal/session-ends"
AUTH_OTP: Final = "auth-otp"
"""What tokens call the service that answers."""
READ_SECONDS: Final = 0.5
CURRENT_SECONDS: Final = 10.0
_TIMEOUT_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 1.0
_EXPIRED_FOR: Final = timedelta(hours=1)
"""Whatever a clock is off: a token that has expired is dead by itself."""
_REMEDY: Final = "give auth-otp, portal-read and billing the same AUTH_OTP_KEYS, and let NTP set their clocks"


class SessionEnd(msgspec.Struct, frozen=True):
    """A session that ended, and when its token expires by itself."""

    session_id: str
    expires_at: datetime


class SessionEnds(msgspec.Struct, frozen=True, kw_only=True):
    """What auth-otp answers: some ends, what to ask for `since` the next time, whether there are `more`."""

    ends: tuple[SessionEnd, ...]
    next: str
    more: bool


class EndedSessions:
    """Holds the ids of ended sessions until their tokens have expired.

    `caller` is the service that asks auth-otp. `on_end` is called with each id that is new here.
    """

    def __init__(
        self,
        base_url: str,
        keys: KeyRing,
        clock: Clock,
        *,
        caller: str,
        on_end: Callable[[str], None] = lambda _: None,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._keys, self._clock, self._caller = keys, clock, caller
        self._on_end = on_end
        self._monotonic = monotonic
        self._ids: set[str] = set()
        self._by_expiry: list[tuple[datetime, str]] = []
        self._since = ""
        self._complete_at = float("-inf")
        self.health = LoopHealth(monotonic)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._ids

    def check_current(self) -> None:
        """Raises `Unavailable` when for ten seconds nobody could say which sessions ended."""
        if self._monotonic() - self._complete_at > CURRENT_SECONDS:
            raise Unavailable("Who signed out is not known right now.", seconds=5)

    async def read(self) -> bool:
        """Read what ended since the last time; whether there is more.

        Raises `httpx.HTTPError`, or `msgspec.DecodeError`.
        """
        token = service_token.authorization(
            self._keys, caller=self._caller, audience=AUTH_OTP, now=self._clock()
        )
        answer = await self._client.get(
            ROUTE, params={"since": self._since}, headers={"Authorization": token}
        )
        page = msgspec.json.decode(answer.raise_for_status().content, type=SessionEnds)
        self._keep(page)
        if not page.more:
            self._complete_at = self._monotonic()
        return page.more

    async def run(self) -> None:
        """Read until cancelled. Without an answer what is known stays known."""
        backoff, answered = Backoff(limit=_RETRY_SECONDS), True
        while True:
            try:
                more = await self.read()
            except (httpx.HTTPError, msgspec.DecodeError) as error:
                self._failed(error, first=answered)
                answered = False
                await backoff.wait()
                continue
            answered = True
            backoff.reset()
            self.health.moved(rest=READ_SECONDS)
            if not more:
                await asyncio.sleep(READ_SECONDS)

    async def close(self) -> None:
        """Give the connection back."""
        await self._client.aclose()

    def _keep(self, page: SessionEnds) -> None:
        now, self._since = self._clock(), page.next
        while self._by_expiry and self._by_expiry[0][0] < now - _EXPIRED_FOR:
            self._ids.discard(heapq.heappop(self._by_expiry)[1])
        for end in page.ends:
            if end.session_id not in self._ids:
                self._ids.add(end.session_id)
                heapq.heappush(self._by_expiry, (end.expires_at, end.session_id))
                self._on_end(end.session_id)

    def _failed(self, error: Exception, *, first: bool) -> None:
        self.health.failed(type(error).__name__)
        if not first:
            return
        if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 401:
            log.error("session_ends.unauthorised", remedy=_REMEDY)
        else:
            log.warning("session_ends.unknown", error=repr(error))
