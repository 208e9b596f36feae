"""Tokens by which one service of ours shows another who is calling: signed, for one audience, for a minute.

A token says nothing of the request and may be used again while it lives, so whoever takes one bears repeats.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from starlette.requests import Request

from chassis.observability import traceparent
from chassis.refusals import UnknownCaller
from chassis.settings.keys import KeyRing
from chassis.web.signed_cookie import SIGNER

LIFE: Final = timedelta(seconds=60)
_SALT: Final = "portal.service-token"


class _Claims(msgspec.Struct, frozen=True):
    caller: str
    audience: str
    issued_at: float


def authorization(keys: KeyRing, *, caller: str, audience: str, now: datetime) -> str:
    """The Authorization header of a request that `caller` makes to `audience`."""
    claims = _Claims(caller, audience, now.timestamp())
    return f"Bearer {_serializer(keys).dumps(msgspec.to_builtins(claims))}"


def headers(keys: KeyRing, *, caller: str, audience: str, now: datetime) -> dict[str, str]:
    """The headers of such a request: who is calling, and in which trace."""
    trace = traceparent()
    shown = {"Authorization": authorization(keys, caller=caller, audience=audience, now=now)}
    return {**shown, "traceparent": trace} if trace else shown


def caller_of(request: Request, keys: KeyRing, *, audience: str, now: datetime) -> str | None:
    """Who is calling; None without a token, and for one that is forged, another audience's or too old.

    A caller's clock may run ahead by as much as a token lives.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        claims = msgspec.convert(_serializer(keys).loads(token.strip()), _Claims)
    except (BadData, msgspec.ValidationError):
        return None
    age = abs(now.timestamp() - claims.issued_at)
    return claims.caller if claims.audience == audience and age <= LIFE.total_seconds() else None


def require_caller(
    request: Request, keys: KeyRing, *, audience: str, callers: Collection[str], now: datetime
) -> None:
    """Let these services alone go on. Raises `UnknownCaller`."""
    if caller_of(request, keys, audience=audience, now=now) not in callers:
        raise UnknownCaller


def _serializer(keys: KeyRing) -> URLSafeSerializer:
    return URLSafeSerializer(keys.current_last, salt=_SALT, signer_kwargs=dict(SIGNER))
