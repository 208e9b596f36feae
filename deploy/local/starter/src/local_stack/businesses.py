"""The demo businesses, as the simulator tells them."""

from urllib.request import urlopen

import msgspec

KNOWN = {"sparkle-home": "Sparkle Home", "hikari-seisou": "ひかり清掃"}
TIMEOUT_SECONDS = 2


class Business(msgspec.Struct):
    """What `GET /api/businesses` of the simulator says of one business; more fields are ignored."""

    slug: str
    name: str = ""


class _Listed(msgspec.Struct):
    businesses: list[Business] = []


def demo_businesses(simulator_url: str) -> list[Business]:
    """Ask the simulator; fall back to the two that it always sets up. Blocks up to two seconds."""
    try:
        with urlopen(f"{simulator_url}/api/businesses", timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own
            return _decode(answer.read())
    except (OSError, msgspec.MsgspecError):
        return [Business(slug, name) for slug, name in KNOWN.items()]


def _decode(body: bytes) -> list[Business]:
    if body.lstrip().startswith(b"["):
        return msgspec.json.decode(body, type=list[Business])
    return msgspec.json.decode(body, type=_Listed).businesses
