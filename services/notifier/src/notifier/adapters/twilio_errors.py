"""What Twilio's error codes say of a number. https://www.twilio.com/docs/api/errors"""

from collections.abc import Mapping
from typing import Final

_ADDRESS_FAULTS: Final[Mapping[int, str]] = {
    21211: "no_network",  # no such number
    21217: "no_network",
    21610: "opted_out",
    21612: "unreachable",  # by no route from our sender
    21614: "not_a_mobile",
    30005: "no_network",  # unknown to its network
    30006: "not_a_mobile",  # a landline, or a network that takes no texts
}
"""All others pass (30003: switched off or out of reach), or are ours to repair."""


def address_fault(code: int | None) -> str | None:
    """Why no text reaches a number; None where that may pass."""
    return _ADDRESS_FAULTS.get(code or 0)


def error_name(code: int | None, otherwise: object) -> str:
    """The stable name of an error."""
    return f"twilio_{code or otherwise}"
