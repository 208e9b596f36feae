"""auth-otp's answer to who signed out, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import msgspec
from chassis.identity.ended_sessions import SessionEnd, SessionEnds


@dataclass
class FakeSessionEnds(httpx.AsyncBaseTransport):
    """A transport for `EndedSessions`. The ends come so many an answer, and `status` is every answer's.

    `asked` keeps what was asked `since`.
    """

    at_once: int = 1000
    status: int = 200
    ends: list[SessionEnd] = field(default_factory=list[SessionEnd])
    asked: list[str] = field(default_factory=list[str])

    def end(self, session_id: str, now: datetime, life: timedelta = timedelta(days=1)) -> None:
        """A session ends, whose token would be good for so long."""
        self.ends.append(SessionEnd(session_id, now + life))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The ends after those that were read, as auth-otp gives them."""
        since = request.url.params["since"]
        self.asked.append(since)
        page: Sequence[SessionEnd] = self.ends[int(since or 0) :][: self.at_once]
        following = int(since or 0) + len(page)
        body = SessionEnds(ends=tuple(page), next=str(following), more=following < len(self.ends))
        return httpx.Response(self.status, content=msgspec.json.encode(body))
