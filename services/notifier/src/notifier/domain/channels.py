"""What a contact is reached by: how an address is found again, what is shown of it, and who ended texts.

Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.encryption import BlindIndex
from servicehub_events import Channel

STOP_TOLD_FOR: Final = timedelta(days=30)
"""So long a number knows how texts end, once a text said so."""
_LAST_DIGITS: Final = 4
# https://help.twilio.com/articles/223134027: whole texts, whatever their case. HELP is answered by Twilio.
_STOP: Final = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT-OUT")
)
_START: Final = frozenset(("START", "UNSTOP", "YES"))


@dataclass(frozen=True, slots=True)
class AddressIndex:
    """Finds addresses without storing them.

    A mail address is a business's own. A number is the same for all businesses: they text from one sender,
    and a reply names none of them.
    """

    index: BlindIndex

    def current(self, business_id: str, channel: Channel, address: str) -> str:
        """The index to store."""
        return self.index.current(_owner(business_id, channel), address.casefold())

    def accepted(self, business_id: str, channel: Channel, address: str) -> list[str]:
        """Every index that it may be stored under while keys rotate."""
        return self.index.accepted(_owner(business_id, channel), address.casefold())

    @property
    def current_prefix(self) -> str:
        """How an index begins that the current key wrote."""
        return f"{self.index.keys.current}."


def masked(address: str) -> str:
    """As much of an address as its owner knows it by: `h…@mail.example`, `…0142`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address[-_LAST_DIGITS:]}"


def wants_texts(text: str, opt_out_type: str = "") -> bool | None:
    """Whether a text that came ends texts or asks for them again; None for any other.

    `opt_out_type` is what the provider made of it, where it says so.
    """
    word = opt_out_type.strip().upper() or text.strip().strip(".!").upper()
    if word in _STOP:
        return False
    return True if word in _START else None


def is_stop_due(told_at: datetime | None, now: datetime) -> bool:
    """Whether a text has to say how texts end."""
    return told_at is None or now - told_at >= STOP_TOLD_FOR


def _owner(business_id: str, channel: Channel) -> str:
    return "" if channel == "sms" else business_id
