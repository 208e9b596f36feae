"""What a browser holds at a business: session cookie, challenge, choice, and whether it is known there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jwt
import msgspec
from chassis.identity import USE_COOKIES, SessionToken, cookie_name, use_cookie
from chassis.web import SignedCookie, cookies
from chassis.web.signed_cookie import short_of
from servicehub_events import Session
from starlette.requests import Request
from starlette.responses import Response

from auth_otp.context import Context
from auth_otp.domain.addresses import NotAnAddress, parse_address
from auth_otp.domain.stored_passkeys import PasskeyChallenge
from auth_otp.settings import DAY

_SESSION_COOKIES: Final = "__Host-s-"
_KNOWN: Final = "__Host-k-"
"""How the cookie begins by which this browser is known."""
_WITH_A_SESSION: Final = (_SESSION_COOKIES, USE_COOKIES, "__Host-c-", "__Host-w-", "__Host-a-", "__Host-m-")
"""How the cookies begin that sign-out takes: session, its last use, challenge, choice, passkey challenges,
and that there are several accounts to choose among."""


def flash(ctx: Context) -> SignedCookie:
    """The message for the next page."""
    return cookies.flash(ctx.settings.cookie_signing_keys)


@dataclass(frozen=True, slots=True)
class BrowserCookies:
    """Reads the cookies of a request, and writes those of its answer, for one business.

    All are `__Host-`, Secure, HttpOnly and SameSite=Lax.
    """

    ctx: Context
    request: Request
    business_id: str

    @property
    def session(self) -> SessionToken | None:
        """The session that this browser holds."""
        return self.ctx.verifier.verify(self.request.cookies, self.business_id)

    @property
    def challenges(self) -> list[cookies.HeldChallenge]:
        """The challenges that this browser asked for, the newest first."""
        keys = self.ctx.settings.cookie_signing_keys
        return cookies.held_challenges(keys, self.business_id, self.request.cookies)

    @property
    def address_shown(self) -> str:
        """The address that this browser asked a code for last, as it was typed, or ""."""
        return next((one.shown for one in self.challenges), "")

    @property
    def choice_id(self) -> str:
        """The id of the choice that this browser was offered, or ""."""
        return self._text(self._choice, "id")

    @property
    def chooses_on_new_browser(self) -> bool:
        """Whether this browser was not known yet when it proved the address that the choice is of."""
        return bool((self._choice.read(self.request.cookies) or {}).get("new_browser"))

    @property
    def passkey_challenges(self) -> list[PasskeyChallenge]:
        """The challenges that this browser was given to answer with a passkey, the newest first."""
        value = self._passkeys.read(self.request.cookies) or {}
        try:
            return msgspec.convert(value.get("held", []), list[PasskeyChallenge])
        except msgspec.ValidationError:
            return []

    @property
    def browser_id(self) -> str:
        """What this browser is known as, or ""."""
        return self._text(self._known, "id")

    def hold_challenge(self, response: Response, challenge: cookies.HeldChallenge) -> None:
        """Bind a challenge to this browser, beside the newest others that it holds of other addresses."""
        others = [one for one in self.challenges if one.shown != challenge.shown and one.id != challenge.id]
        held = [challenge, *others][: self.ctx.settings.browser_challenges]
        self._challenge.put(response, {"held": msgspec.to_builtins(held)})

    def hold_choice(self, response: Response, choice_id: str, *, new_browser: bool = False) -> None:
        """Bind a choice to this browser."""
        self._choice.put(response, {"id": choice_id, **({"new_browser": True} if new_browser else {})})

    def hold_several_accounts(self, response: Response) -> None:
        """Remember that this browser has accounts to choose among."""
        self._several.put(response, {})

    def hold_passkey_challenge(self, response: Response, challenge: PasskeyChallenge) -> None:
        """Bind a challenge to this browser, beside the newest others: each of its tabs may be answered."""
        held = [challenge, *self.passkey_challenges][: self.ctx.settings.browser_challenges]
        self._passkeys.put(response, {"held": msgspec.to_builtins(held)})

    def know(self, response: Response, browser_id: str) -> None:
        """Remember that this browser proved an address."""
        self._known.put(response, {"id": browser_id})

    def hold_session(self, response: Response, session: Session, portal_generation: int) -> None:
        """Give this browser a session, and take its oldest beyond the number it may hold."""
        life: timedelta = session.expires_at - session.issued_at
        token = SessionToken(
            session_id=session.session_id,
            business_id=session.business_id,
            generation=portal_generation,
            customer_id=session.customer_id,
            contact_id=session.contact_id,
            issued_at=int(session.issued_at.timestamp()),
            expires_at=int(session.expires_at.timestamp()),
            idle_seconds=self.ctx.settings.session_idle_seconds,
            confirmed_until=int(session.confirmed_until.timestamp()) if session.confirmed_until else 0,
        )
        name = cookie_name(self.business_id)
        response.set_cookie(
            name,
            self.ctx.signer.sign(token),
            max_age=int(life.total_seconds()),
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )
        others = {other for other in self.request.cookies if other.startswith(_SESSION_COOKIES)} - {name}
        by_age = sorted(others, key=lambda other: _issued_at(self.request.cookies[other]))
        for oldest in by_age[: max(0, len(others) + 1 - self.ctx.settings.browser_sessions)]:
            _expire(response, oldest)
            _expire(response, oldest.replace(_SESSION_COOKIES, USE_COOKIES))

    def sign_out(self, response: Response, *, forget: bool = False) -> None:
        """Take session, challenge and choices from this browser; to `forget` it, also what it is known by."""
        _expire(response, cookie_name(self.business_id))
        _expire(response, f"__Host-{use_cookie(self.business_id)}")
        self._challenge.clear(response)
        self._choice.clear(response)
        self._several.clear(response)
        self._passkeys.clear(response)
        if forget:
            self._known.clear(response)

    @property
    def _challenge(self) -> SignedCookie:
        return cookies.challenge(self.ctx.settings.cookie_signing_keys, self.business_id)

    @property
    def _choice(self) -> SignedCookie:
        return cookies.choice(self.ctx.settings.cookie_signing_keys, self.business_id)

    @property
    def _several(self) -> SignedCookie:
        return cookies.several_accounts(self.ctx.settings.cookie_signing_keys, self.business_id)

    @property
    def _passkeys(self) -> SignedCookie:
        keys, seconds = self.ctx.settings.cookie_signing_keys, self.ctx.settings.passkey_challenge_seconds
        return SignedCookie(keys, f"a-{short_of(self.business_id)}", max_age=seconds)

    @property
    def _known(self) -> SignedCookie:
        short, settings = short_of(self.business_id), self.ctx.settings
        return SignedCookie(
            settings.cookie_signing_keys, f"k-{short}", max_age=settings.known_browser_days * DAY
        )

    def _text(self, cookie: SignedCookie, name: str) -> str:
        value = (cookie.read(self.request.cookies) or {}).get(name)
        return value if isinstance(value, str) else ""


def held_for(held: Sequence[cookies.HeldChallenge], typed: str, country: str) -> str:
    """The challenge that is held for the address typed, or ""."""
    try:
        address = parse_address(typed, country)
        return next((one.id for one in held if parse_address(one.shown, country) == address), "")
    except NotAnAddress:
        return ""


def sign_out_of_all(request: Request, response: Response, *, forget: bool = False) -> None:
    """Take session, challenge and choice of every business from this browser, and what it is known by."""
    taken = (*_WITH_A_SESSION, _KNOWN) if forget else _WITH_A_SESSION
    for name in request.cookies:
        if name.startswith(taken):
            _expire(response, name)


def _issued_at(signed: str) -> int:
    """When a token says it was issued, unverified: only what this browser keeps hangs on it."""
    try:
        claims: dict[str, Any] = jwt.decode(signed, options={"verify_signature": False})
        return int(claims["iat"])
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        return 0


def _expire(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
