"""Small signed cookies: what one page tells the next without a URL. Not encrypted: no secrets in them."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from chassis.settings.keys import KeyRing

SIGNER: Final[Mapping[str, Any]] = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
"""How whatever a key ring signs is signed: HMAC-SHA-256. The library's own choice is SHA-1."""


def short_of(business_id: str) -> str:
    """What stands for a business in the names of its cookies: its id may hold what no name may."""
    return hashlib.sha256(business_id.encode()).hexdigest()[:12]


class SignedCookie:
    """A cookie of one purpose, readable by every service that holds the keys."""

    def __init__(self, keys: KeyRing, name: str, *, max_age: int) -> None:
        """`name` is also the salt: a cookie of one purpose never passes for another's. Age in seconds."""
        self.name = f"__Host-{name}"
        self._max_age = max_age
        self._serializer = URLSafeTimedSerializer(
            keys.current_last, salt=f"portal.{name}", signer_kwargs=dict(SIGNER)
        )

    def put(self, response: Response, value: dict[str, Any]) -> None:
        """Set the cookie on an answer."""
        response.set_cookie(
            self.name,
            str(self._serializer.dumps(value)),
            max_age=self._max_age,
            path="/",
            secure=True,
            httponly=True,
            samesite="lax",
        )

    def read(self, cookies: Mapping[str, str]) -> dict[str, Any] | None:
        """The value, or None when it is absent, forged or too old."""
        signed = cookies.get(self.name)
        if not signed:  # as a rule; the serializer would raise, and leave a cycle of frames behind
            return None
        try:
            return self._serializer.loads(signed, max_age=self._max_age)
        except BadData:
            return None

    def clear(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(self.name, path="/", secure=True, httponly=True, samesite="lax")
