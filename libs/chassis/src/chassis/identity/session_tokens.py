"""Session tokens: signed by auth-otp (EdDSA with a key id), verified everywhere with the public keys."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Container, Mapping
from typing import Any, Final, Protocol

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.observability import security_log
from chassis.settings.keys import KeyRing

_ALGORITHM = "EdDSA"
_TYPE = "s"
"""What a session token says it is (RFC 7515, 4.1.9), so that nothing else under the key is taken for one."""
_LARGEST_TOKEN = 600
_CACHED = 4096
_REFUSED = "session_refused"
IDLE_SECONDS: Final = 14 * 24 * 3600
"""The idle life of a session whose token does not say it."""
MARK_SECONDS: Final = 3600
"""Its use is marked anew once the mark is so old: so much a session may seem unused too long."""


class SessionToken(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed in where; times are Unix seconds. What the session may do is read from rows, not here.

    Unused for `idle_seconds` it is over. The token says it, so that all who verify it agree. A second address
    of its contact counts as proved until `confirmed_until`; 0: it never was.
    """

    session_id: str = msgspec.field(name="sid")
    business_id: str = msgspec.field(name="biz")
    generation: int = msgspec.field(name="gen")
    customer_id: str = msgspec.field(name="cus")
    contact_id: str = msgspec.field(name="con")
    issued_at: int = msgspec.field(name="iat")
    expires_at: int = msgspec.field(name="exp")
    idle_seconds: int = msgspec.field(name="idl", default=IDLE_SECONDS)
    confirmed_until: int = msgspec.field(name="cnf", default=0)


def cookie_name(business_id: str) -> str:
    """The session cookie of a business; `__Host-` binds it to this host, Secure, path /."""
    return f"__Host-s-{hashlib.sha256(business_id.encode()).hexdigest()[:12]}"


class SessionSigner:
    """Signs tokens; auth-otp alone holds the private keys."""

    def __init__(self, private_keys: KeyRing) -> None:
        self._kid = private_keys.current
        self._key = Ed25519PrivateKey.from_private_bytes(private_keys.current_key)

    def sign(self, token: SessionToken) -> str:
        """The token as a compact JWS of at most 600 bytes."""
        claims: dict[str, Any] = msgspec.to_builtins(token)
        signed = jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._kid, "typ": _TYPE})
        if len(signed) > _LARGEST_TOKEN:
            raise ValueError(f"a session token has {len(signed)} bytes, at most {_LARGEST_TOKEN} are allowed")
        return signed


class LastUses(Protocol):
    """What is known of when a session was last used."""

    def is_idle(self, token: SessionToken, cookies: Mapping[str, str], now: float) -> bool:
        """Whether the session was unused for its idle life."""
        ...


class SessionVerifier:
    """Verifies tokens with the public keys, and remembers the verified ones: one check costs 0.2 ms.

    `uses` says which sessions were unused for too long, `ended` holds the ids of those that are known to have
    ended before their time.
    """

    def __init__(
        self,
        public_keys: KeyRing,
        uses: LastUses,
        now: Callable[[], float] = time.time,
        *,
        ended: Container[str] = frozenset(),
    ) -> None:
        self._keys = {kid: Ed25519PublicKey.from_public_bytes(key) for kid, key in public_keys.keys.items()}
        self._verified: OrderedDict[str, SessionToken] = OrderedDict()
        self._now = now
        self._uses = uses
        self._ended = ended

    def verify(self, cookies: Mapping[str, str], business_id: str) -> SessionToken | None:
        """This browser's session at a business, or None: absent, forged, expired, ended, unused for too long,
        or of another."""
        signed = cookies.get(cookie_name(business_id), "")
        token = self._read(signed)
        if signed and token is None:
            security_log.report(_REFUSED, business_id=business_id, reason="forged")
        if token is None or token.business_id != business_id or token.expires_at <= self._now():
            return None
        if token.session_id in self._ended:
            security_log.report(_REFUSED, business_id=business_id, reason="ended")
            return None
        if self._uses.is_idle(token, cookies, self._now()):
            security_log.report(_REFUSED, business_id=business_id, reason="idle")
            return None
        return token

    def held(self, cookies: Mapping[str, str], business_id: str) -> SessionToken | None:
        """The token that this browser holds, whatever became of its session; None when forged or expired.

        It lets nobody in. It says of which session to tell that it ended.
        """
        token = self._read(cookies.get(cookie_name(business_id), ""))
        fits = token is not None and token.business_id == business_id and token.expires_at > self._now()
        return token if fits else None

    def _read(self, signed: str) -> SessionToken | None:
        if not signed or len(signed) > _LARGEST_TOKEN:
            return None
        if (known := self._verified.get(signed)) is not None:
            self._verified.move_to_end(signed)
            return known
        try:
            header = jwt.get_unverified_header(signed)  # verified with the rest, below
            key = self._keys[str(header.get("kid"))]
            if header.get("typ") != _TYPE:
                return None
            # Times are judged on every request by `verify`, not once for the cache.
            claims = jwt.decode(
                signed, key, algorithms=[_ALGORITHM], options={"verify_exp": False, "verify_iat": False}
            )
            token = msgspec.convert(claims, SessionToken)
        except (jwt.InvalidTokenError, KeyError, msgspec.ValidationError):
            return None
        self._verified[signed] = token
        if len(self._verified) > _CACHED:
            self._verified.popitem(last=False)
        return token
