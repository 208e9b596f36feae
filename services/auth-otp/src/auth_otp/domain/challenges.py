"""A challenge: the wish of one browser to prove an address, with the code that it may enter, and its tries.

A code is of one challenge, and good in the browser that asked alone. Where the sends of an address are spent,
by whomever, or enough of its codes are on their way, nobody is turned away: the browser gets a challenge
without a code of its own, and *shares* a longer one, which leaves at most once in a while, and which every
browser with a challenge of that address may enter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A code of so many digits is wanted. `challenge_id` is the challenge this browser holds, or "".

    `bucket` is "" or the id of a known browser, which has sends and challenges of its own. One that is
    `patient` is sent its code when it may be, where another is told to wait. `entry` is what the request was
    counted as at `sources`.
    """

    business_id: str
    address_index: str
    address_cipher: bytes
    bucket: str
    challenge_id: str
    new_challenge_id: str
    new_shared_id: str
    pepper: str
    digits: int
    shared_digits: int
    shared_every_seconds: int
    patient: bool = False
    entry: str = ""
    sources: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A code is to leave at `due_at`, for the `send_number`th time (1, 2, …). `code_id`: what it is of."""

    code_id: str
    code_number: int
    digits: int
    send_number: int
    pepper: str
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SendTicket:
    """The challenge that the browser holds, and how many digits the code to enter has.

    Without a `sending` the shared code is on its way already, or was sent a while ago and is good here too.
    """

    challenge_id: str
    digits: int
    sending: Sending | None

    @property
    def again(self) -> bool:
        """Whether the challenge had a sending before."""
        return self.sending is None or self.sending.send_number > 1


@dataclass(frozen=True, slots=True)
class TooSoon:
    """A code of this address left a moment ago. `has_code`: this browser may still enter its own."""

    seconds: int
    has_code: bool


class LiveCode(msgspec.Struct, frozen=True, array_like=True):
    """A code that may be entered: what it is of, its number, and the pepper it was derived with."""

    code_id: str
    number: int
    pepper: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAttempt:
    """A try that was counted and may be compared with codes that were alive at `at`, the store's time."""

    challenge_id: str
    tries_left: int
    address_index: str
    address_cipher: bytes
    codes: Sequence[LiveCode]
    at: datetime


@dataclass(frozen=True, slots=True)
class OtherLength:
    """The code of the challenge has so many digits, and something else was typed. It cost no try."""

    digits: int


class ChallengeExpired:
    """The challenge ran out, or never was."""


class ChallengeSpent:
    """The challenge has no try left."""


Outcome = CodeAttempt | OtherLength | ChallengeExpired | ChallengeSpent


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a right code leads to, fixed by the first who enters it; a repeat leads to the same.

    `new_browser`: it had proved no address before.
    """

    session_id: str
    choice_id: str
    browser_id: str
    remembered: bool
    device: str
    at: datetime
    new_browser: bool = False


@dataclass(frozen=True, slots=True)
class Consumed:
    """The proof of a challenge, and what it owes: each thing is told once.

    `failures`: its wrong codes, by where they were counted; `entries`: the sources that its requests were
    counted at, by entry.
    """

    proof: Proof
    failures: Mapping[str, int]
    entries: Mapping[str, Sequence[str]]
