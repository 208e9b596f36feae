"""Whole sign-ins by code, beside django-allauth's: each api alone on one core, everything else on the other.

Asking for a code and entering it counts; reading the mail does not.
"""

import asyncio
import os
import re
import statistics
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor

from bench import allauth, pinning
from bench.people import BUSINESS_SLUG, publish_people
from bench.processes import api_of, busy_seconds, descendants, words_of
from bench.report import Goal, Section

ROUNDS: Final = 5
PEOPLE: Final = 40
"""Who sign in in one round, `AT_ONCE` of them at a time."""
AT_ONCE: Final = 4
_NOT_OURS: Final = re.compile(r"stand_in_|local_stack|caddy|gunicorn")
"""Processes that a sign-in costs nothing in production: stand-ins, the starter, the gateway, the peer."""
_SERVERS: Final = re.compile(r"^postgres")
"""What both use."""
_CODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")


class SignIns(Protocol):
    """A place where people sign in."""

    async def ask(self, address: str) -> None: ...
    async def codes(self, addresses: Sequence[str]) -> Mapping[str, str]: ...
    async def enter(self, address: str, code: str) -> None: ...


class Round(NamedTuple):
    """One sign-in of one round: its share of the time, of the api's processor, and of all processors."""

    seconds: float
    api: float
    machine: float


class _Recipient(msgspec.Struct):
    Address: str


class _Listed(msgspec.Struct):
    To: list[_Recipient]
    Snippet: str


class _Inbox(msgspec.Struct):
    messages: list[_Listed]


class Portal:
    """Our own sign-in, each person in a browser and a network of their own."""

    def __init__(self, addresses: Addresses, http: httpx.AsyncClient) -> None:
        self._url, self._mailbox = addresses.portal_url_of("auth-otp"), addresses.mailbox_url
        self._http = http
        self._visitors: dict[str, Visitor] = {}

    async def ask(self, address: str) -> None:
        """Ask for a code as a browser does."""
        visitor = self._visitors[address] = Visitor(self._url, self._mailbox, BUSINESS_SLUG, self._http)
        await visitor.post(f"/auth/{BUSINESS_SLUG}/codes", {"address": address}, **network(address))

    async def codes(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """The codes of these people, once each has arrived."""
        return await eventually(
            lambda: self._arrived(set(addresses)),
            what="every code arrives",
            within=60,
            every=0.5,
            met=lambda found: len(found) == len(addresses),
        )

    async def _arrived(self, wanted: set[str]) -> Mapping[str, str]:
        answer = await self._http.get(f"{self._mailbox}/api/v1/messages", params={"limit": str(PEOPLE)})
        inbox = msgspec.json.decode(answer.content, type=_Inbox)
        mails = [(mail.To[0].Address, _CODE.search(mail.Snippet)) for mail in inbox.messages]
        return {address: code[0] for address, code in mails if code and address in wanted}

    async def enter(self, address: str, code: str) -> None:
        """Enter a code. Raises RuntimeError when nobody is signed in by it."""
        visitor = self._visitors.pop(address)
        answer = await visitor.post(f"/auth/{BUSINESS_SLUG}/sessions", {"code": code}, **network(address))
        if not answer.headers.get("location", "").endswith(f"/portal/{BUSINESS_SLUG}/"):
            raise RuntimeError(f"auth-otp answered {answer.status_code} to a code")


def network(address: str) -> dict[str, str]:
    """The header by which a person comes from a network of their own."""
    number = int(address.partition("@")[0].rpartition("-")[2])
    return {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}


async def measure(addresses: Addresses) -> Section:
    """So many rounds of each in turns, after one that does not count."""
    people = [f"bench-{number}@bench.example" for number in range(PEOPLE * (ROUNDS + 1))]
    await publish_people(addresses, people)
    with allauth.running(addresses.databases["auth_otp"].owner, len(people)) as peer:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=30) as http:
            return await _in_turns(Portal(addresses, http), api_of("auth-otp"), peer, people)


async def _in_turns(ours: Portal, api: int, peer: allauth.Allauth, people: Sequence[str]) -> Section:
    ours_rounds, peer_rounds = list[Round](), list[Round]()
    pinning.pin_servers()
    for start in range(0, len(people), PEOPLE):
        batch = people[start : start + PEOPLE]
        with pinning.alone(api):
            ours_rounds.append(await _round(ours, batch, [api], _is_ours))
        with pinning.alone(*peer.workers):
            peer_rounds.append(await _round(peer, batch, peer.workers, _is_of_peer))
    return _section(ours_rounds[1:], peer_rounds[1:])


def _is_ours(command: str) -> bool:
    return not _NOT_OURS.search(command)


def _is_of_peer(command: str) -> bool:
    return "gunicorn" in command or bool(_SERVERS.search(command))


async def _round(
    place: SignIns, people: Sequence[str], api: Iterable[int], belongs: Callable[[str], bool]
) -> Round:
    every = [pid for pid in descendants(os.getpid()) if belongs(" ".join(words_of(pid)))]
    before_api, before = busy_seconds(api), busy_seconds(every)
    asking = await _timed(place.ask, people)
    codes = await place.codes(people)
    entering = await _timed(lambda address: place.enter(address, codes[address]), people)
    count = len(people)
    return Round(
        (asking + entering) / count,
        (busy_seconds(api) - before_api) / count,
        (busy_seconds(every) - before) / count,
    )


async def _timed(step: Callable[[str], Coroutine[None, None, None]], people: Sequence[str]) -> float:
    """Seconds until everybody has done this, so many at a time."""
    waiting = iter(people)

    async def one_after_the_other() -> None:
        for address in waiting:
            await step(address)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


def _section(ours: Sequence[Round], peers: Sequence[Round]) -> Section:
    ratios = [theirs.seconds / own.seconds for own, theirs in zip(ours, peers, strict=True)]
    ratio, machine = statistics.median(ratios), statistics.median(one.machine for one in ours)
    rows = [
        ("sign-ins a second", *(f"{1 / _median(one, 'seconds'):.0f}" for one in (ours, peers))),
        ("ms of the api's processor", *(f"{_median(one, 'api') * 1000:.1f}" for one in (ours, peers))),
        ("ms of all processors", *(f"{_median(one, 'machine') * 1000:.1f}" for one in (ours, peers))),
    ]
    about = (
        f"Sign-ins by code, {PEOPLE} in each of {ROUNDS} rounds in turns, {AT_ONCE} people at a time, the"
        " api alone on one core. Ours counts what must be counted, keeps events, signs the session, and hands"
        " the mail over to the notifier; django-allauth (versions in bench/peers) has no limits here, and its"
        " mails are files. Processors of the whole machine: services, PostgreSQL, Valkey and Kafka, without"
        " stand-ins and who asks."
    )
    spread = f"{ratio:.2f} × ({min(ratios):.2f} to {max(ratios):.2f})"
    goals = [
        Goal("P8", "at least 3 × django-allauth's sign-ins a second and core", spread, ratio >= 3),
        Goal("P8", "at most 25 ms of the whole machine", f"{machine * 1000:.0f} ms", machine <= 0.025),
    ]
    return Section("Sign-ins", about, ("median", "portal", "django-allauth"), rows, goals)


def _median(rounds: Sequence[Round], field: str) -> float:
    return statistics.median(getattr(one, field) for one in rounds)
