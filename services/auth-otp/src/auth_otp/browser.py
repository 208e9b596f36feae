"""What this browser holds: session cookies, challenge, choice, and whether it is known here."""

import hashlib
from typing import Any

import jwt
from chassis.identity.session_tokens import SessionSigner, SessionToken, SessionVerifier, cookie_name
from chassis.web import cookies
from chassis.web.signed_cookie import SignedCookie
from servicehub_events import Session
from starlette.requests import Request
from starlette.responses import Response

from auth_otp.domain.limits import DAY
from auth_otp.settings import Settings

_SESSION_COOKIES = "__Host-s-"
_WITH_A_SESSION = (_SESSION_COOKIES, "__Host-c-", "__Host-w-")
"""How the cookies begin that sign-out takes: session, challenge, choice."""


class Browser:
    """Reads and writes the cookies of sign-in. All are `__Host-`, Secure, HttpOnly and SameSite=Lax."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._signer = SessionSigner(settings.session_signing_keys)
        self._verifier = SessionVerifier(settings.session_public_keys)
        self.flash = cookies.flash(settings.flash_keys)

    def session(self, request: Request, business_id: str) -> SessionToken | None:
        """The session this browser holds at a business."""
        return self._verifier.verify(request.cookies, business_id)

    def challenge(self, request: Request, business_id: str) -> str:
        """The id of the challenge this browser asked for, or ""."""
        return _id(cookies.challenge(self._settings.flash_keys, business_id), request)

    def choice(self, request: Request, business_id: str) -> str:
        """The id of the choice this browser was offered, or ""."""
        return _id(cookies.choice(self._settings.flash_keys, business_id), request)

    def known_as(self, request: Request, business_id: str) -> str:
        """What this browser is known as at a business, or ""."""
        return _id(self._known(business_id), request)

    def hold_challenge(self, response: Response, business_id: str, challenge_id: str, shown: str) -> None:
        """Bind a challenge to this browser. `shown` is the address as it was typed."""
        cookies.challenge(self._settings.flash_keys, business_id).put(
            response, {"id": challenge_id, "shown": shown}
        )

    def hold_choice(self, response: Response, business_id: str, choice_id: str) -> None:
        """Bind a choice to this browser."""
        cookies.choice(self._settings.flash_keys, business_id).put(response, {"id": choice_id})

    def know(self, response: Response, business_id: str, browser_id: str) -> None:
        """Remember that this browser proved an address."""
        self._known(business_id).put(response, {"id": browser_id})

    def let_in(self, request: Request, response: Response, session: Session, generation: int) -> None:
        """Give this browser a session, and take its oldest beyond the number it may hold."""
        name = cookie_name(session.business_id)
        life = session.expires_at - session.issued_at
        token = SessionToken(
            session_id=session.session_id,
            business_id=session.business_id,
            generation=generation,
            customer_id=session.customer_id,
            contact_id=session.contact_id,
            issued_at=int(session.issued_at.timestamp()),
            expires_at=int(session.expires_at.timestamp()),
        )
        signed = self._signer.sign(token)
        response.set_cookie(
            name,
            signed,
            max_age=int(life.total_seconds()),
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
        others = sorted(_sessions(request) - {name}, key=lambda other: _issued_at(request.cookies[other]))
        for oldest in others[: max(0, len(others) + 1 - self._settings.browser_sessions)]:
            _expire(response, oldest)

    def sign_out(self, request: Request, response: Response, business_id: str | None) -> None:
        """Take session, challenge and choice of a business from this browser; without one, of every one."""
        if business_id is None:
            for name in request.cookies:
                if name.startswith(_WITH_A_SESSION):
                    _expire(response, name)
            return
        _expire(response, cookie_name(business_id))
        cookies.challenge(self._settings.flash_keys, business_id).clear(response)
        cookies.choice(self._settings.flash_keys, business_id).clear(response)

    def _known(self, business_id: str) -> SignedCookie:
        short = hashlib.sha256(business_id.encode()).hexdigest()[:12]
        days = self._settings.known_browser_days
        return SignedCookie(self._settings.flash_keys, f"k-{short}", max_age=days * DAY)


def _id(cookie: SignedCookie, request: Request) -> str:
    value = cookie.read(request.cookies)
    found = value.get("id") if value else None
    return found if isinstance(found, str) else ""


def _sessions(request: Request) -> set[str]:
    return {name for name in request.cookies if name.startswith(_SESSION_COOKIES)}


def _issued_at(signed: str) -> int:
    """When a token says it was issued, unverified: only what this browser keeps hangs on it."""
    try:
        claims: dict[str, Any] = jwt.decode(signed, options={"verify_signature": False})
        return int(claims["iat"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        return 0


def _expire(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
