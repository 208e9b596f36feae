"""The demo businesses, and who can sign in to them, as the simulator tells."""

from urllib.request import urlopen

import msgspec

TIMEOUT_SECONDS = 2


class Business(msgspec.Struct):
    """What `GET /api/businesses` of the simulator says of one business; more fields are ignored."""

    name: str
    portal_url: str
    sign_in_as: list[str]


class _Listed(msgspec.Struct):
    businesses: list[Business]


def demo_businesses(simulator_url: str) -> list[Business]:
    """Ask the simulator; none if it does not answer. Blocks up to two seconds."""
    try:
        with urlopen(f"{simulator_url}/api/businesses", timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own
            return msgspec.json.decode(answer.read(), type=_Listed).businesses
    except (OSError, msgspec.MsgspecError):
        return []
