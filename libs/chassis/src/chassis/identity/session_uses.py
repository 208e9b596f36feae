"""When a session was last used: its own browser keeps a signed mark, and no server a row.

A session that outlives its idle life is over once it was used by no page for so long. The mark is judged with
the token, alike by every service and replica, whoever else is away, and costs a request nothing but a look.
"""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from chassis.identity.session_tokens import MARK_SECONDS, SessionToken
from chassis.settings.keys import KeyRing
from chassis.web.signed_cookie import SignedCookie, short_of

USE_COOKIES: Final = "__Host-u-"
"""How the cookies begin that hold these marks."""


class SessionUses:
    """Reads and renews the marks of sessions that may outlive their idle life; others need none."""

    def __init__(self, keys: KeyRing) -> None:
        """`keys` are those that sign cookies, the same in every service."""
        self._keys = keys

    def is_idle(self, token: SessionToken, cookies: Mapping[str, str], now: float) -> bool:
        """Whether the session was unused for its idle life. What a browser needs not show is not read."""
        if now - token.issued_at < token.idle_seconds:
            return False
        return now - self._last_used(token, cookies) >= token.idle_seconds

    def renew(self, response: Response, token: SessionToken, cookies: Mapping[str, str], now: float) -> None:
        """Mark the session as used, at most once an hour."""
        outlives = token.expires_at - token.issued_at > token.idle_seconds
        if outlives and now - self._last_used(token, cookies) >= MARK_SECONDS:
            self._cookie(token).put(response, {"id": token.session_id, "at": int(now)})

    def _last_used(self, token: SessionToken, cookies: Mapping[str, str]) -> int:
        """A mark of another session, forged or too old is none: then it is when the session began."""
        mark = self._cookie(token).read(cookies) or {}
        at = mark.get("at") if mark.get("id") == token.session_id else None
        return max(at, token.issued_at) if isinstance(at, int) else token.issued_at

    def _cookie(self, token: SessionToken) -> SignedCookie:
        return SignedCookie(self._keys, use_cookie(token.business_id), max_age=token.idle_seconds)


def use_cookie(business_id: str) -> str:
    """The name of a business's mark, without its prefix."""
    return f"u-{short_of(business_id)}"
