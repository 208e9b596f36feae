"""Whether the time of an answer tells a stranger who is known: each kind of request, in turns."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

import httpx
import psycopg
from local_stack.environment import Addresses
from portal_testing.stack.visitor import Visitor
from redis.asyncio import Redis

from bench import pinning
from bench.people import BUSINESS_SLUG, publish_people
from bench.processes import api_of, busy_seconds
from bench.report import Goal, Section, percentile
from bench.sign_ins import Portal, network

ROUNDS: Final = 15
EACH: Final = 8
"""Requests of a kind in a round: fewer wrong codes than make the codes of a business longer."""
RATIO: Final = 1.25
_WRONG: Final = "000000"
_TOLD: Final = "that a code has expired costs less to say, and whoever asked for it knows its age."
_ASKED: Final = ("known address", "unknown address")
_ENTERED: Final = ("wrong code", "wrong code, unknown address", "code that has expired")


class _Sample(NamedTuple):
    """Seconds of an answer, and of the api's processor for it."""

    time: float
    api: float


class _Stopwatch:
    """Takes the samples of each kind."""

    def __init__(self, addresses: Addresses, http: httpx.AsyncClient) -> None:
        self._addresses, self._http = addresses, http
        self._api = [api_of("auth-otp")]
        self.samples: defaultdict[str, list[_Sample]] = defaultdict(list)

    def visitor(self) -> Visitor:
        """A browser in which nothing has happened yet."""
        return Visitor(
            self._addresses.portal_url_of("auth-otp"), self._addresses.mailbox_url, BUSINESS_SLUG, self._http
        )

    async def ask(self, kind: str, visitor: Visitor, address: str) -> None:
        """Ask for a code."""
        await self._post(kind, visitor, "codes", {"address": address}, address)

    async def enter(self, kind: str, visitor: Visitor, address: str) -> None:
        """Enter a wrong code."""
        await self._post(kind, visitor, "sessions", {"code": _WRONG}, address)

    async def _post(
        self, kind: str, visitor: Visitor, action: str, form: dict[str, str], address: str
    ) -> None:
        busy, began = busy_seconds(self._api), time.perf_counter()
        await visitor.post(f"/auth/{BUSINESS_SLUG}/{action}", form, **network(address))
        ended = time.perf_counter()
        self.samples[kind].append(_Sample(ended - began, busy_seconds(self._api) - busy))


async def measure(addresses: Addresses) -> Section:
    """So many rounds, nothing else at work; in each the kinds take turns."""
    people = [f"bench-{number}@bench.example" for number in range(EACH * ROUNDS)]
    await publish_people(addresses, people)
    pinning.pin_servers()
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=30) as http:
        stopwatch, mailbox = _Stopwatch(addresses, http), Portal(addresses, http)
        with pinning.alone(api_of("auth-otp")):
            for start in range(0, len(people), EACH):
                await _round(addresses, stopwatch, mailbox, people[start : start + EACH])
    return _section(stopwatch.samples)


async def _round(addresses: Addresses, stopwatch: _Stopwatch, mailbox: Portal, people: Sequence[str]) -> None:
    """Ask for each of these and for a stranger, wait until the mails are there, and enter wrong codes."""
    known = {address: stopwatch.visitor() for address in people}
    unknown = {address.replace("@", "@no."): stopwatch.visitor() for address in people}
    pairs = list(zip(known.items(), unknown.items(), strict=True))
    for (address, visitor), (stranger, other) in pairs:
        await stopwatch.ask(_ASKED[0], visitor, address)
        await stopwatch.ask(_ASKED[1], other, stranger)
    await mailbox.codes(people)
    for (address, visitor), (stranger, other) in pairs:
        await stopwatch.enter(_ENTERED[0], visitor, address)
        await stopwatch.enter(_ENTERED[1], other, stranger)
    await _let_time_pass(addresses)
    for address, visitor in known.items():
        await stopwatch.enter(_ENTERED[2], visitor, address)


async def _let_time_pass(addresses: Addresses) -> None:
    """No challenge is left, and it is another day."""
    async with cast(Any, Redis.from_url(addresses.redis_url)) as valkey:  # pyright: ignore[reportUnknownMemberType]  # redis types its kwargs loosely
        await valkey.flushall()
    async with await psycopg.AsyncConnection.connect(addresses.databases["auth_otp"].owner) as connection:
        await connection.execute("TRUNCATE failures, sprays")


def _section(samples: dict[str, list[_Sample]]) -> Section:
    medians = {
        kind: _Sample(
            percentile([one.time for one in listed], 0.5), percentile([one.api for one in listed], 0.5)
        )
        for kind, listed in samples.items()
    }
    rows = [(kind, f"{one.time * 1000:.1f}", f"{one.api * 1000:.1f}") for kind, one in medians.items()]
    goals = [
        Goal("P9", f"{subject}, {what} within {RATIO} × of each other", *_apart(values), tried=_TOLD)
        for subject, group in (("asking", _ASKED), ("a wrong code", _ENTERED[:2]), ("entering", _ENTERED))
        for what, values in (
            ("time", [medians[kind].time for kind in group]),
            ("processor", [medians[kind].api for kind in group]),
        )
    ]
    about = (
        f"{EACH} requests of each kind in each of {ROUNDS} rounds, in turns, one after the other, no mail"
        " waiting; the api alone on one core. Unknown: an address that no contact has. Expired: its challenge"
        " has left Valkey."
    )
    return Section("Known and unknown", about, ("ms, p50", "answer", "the api's processor"), rows, goals)


def _apart(values: Sequence[float]) -> tuple[str, bool]:
    ratio = max(values) / min(values)
    return f"{ratio:.2f} ×", ratio <= RATIO
