"""A challenge: a code of an address, wanted by one browser, with its sends and its tries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A code is wanted. `challenge_id` is the challenge this browser holds, or "".

    `bucket` is "" or the id of a known browser, which has sends and challenges of its own.
    """

    business_id: str
    address_index: str
    address_cipher: bytes
    bucket: str
    challenge_id: str
    new_challenge_id: str
    pepper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTicket:
    """The code of this number of the challenge is to leave, for the `send_number`th time (1, 2, …)."""

    challenge_id: str
    code_number: int
    send_number: int
    pepper: str
    expires_at: datetime

    @property
    def again(self) -> bool:
        """Whether the challenge had a sending before."""
        return self.send_number > 1


@dataclass(frozen=True, slots=True)
class TooSoon:
    """An address has had its codes for now. `has_code`: this browser may still enter the one it asked for."""

    seconds: int
    has_code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAttempt:
    """A try that was counted and may be compared. `code_numbers` were alive at `at`, the store's time."""

    tries_left: int
    address_index: str
    address_cipher: bytes
    pepper: str
    code_numbers: Sequence[int]
    at: datetime


class ChallengeExpired:
    """The challenge ran out, or never was."""


class ChallengeSpent:
    """The challenge has no try left."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a right code leads to, fixed by the first who enters it; a repeat leads to the same."""

    session_id: str
    choice_id: str
    browser_id: str
    remembered: bool
    device: str
    at: datetime
