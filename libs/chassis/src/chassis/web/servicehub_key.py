"""The key by which ServiceHub core shows services who is calling: one random text that both hold."""

import hmac
from collections.abc import Sequence

from starlette.requests import Request

from chassis.refusals import Unauthorised
from chassis.settings import Secret, weak_secret

_SHORTEST = 32


def require_servicehub(request: Request, key: Secret) -> None:
    """Let the holder of the key alone go on; the comparison takes constant time. Raises `Unauthorised`."""
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    same = hmac.compare_digest(sent.strip().encode(), key.reveal().encode())
    if scheme.lower() != "bearer" or not same:
        raise Unauthorised


def servicehub_key_problems(key: Secret) -> Sequence[str]:
    """What is wrong with the key outside the local profile: a weak one lets strangers in."""
    return weak_secret("SERVICEHUB_API_KEY", key, at_least=_SHORTEST)
