"""The kill test: service processes are killed at work, and nothing that was promised is lost or done twice.

The short form runs with every other test; `CHAOS_LONG=1` is ten times as long. `CHAOS_SEED` repeats a run.
"""

import os
import random
import secrets
import sys
from dataclasses import dataclass
from functools import partial

import pytest
from local_stack.environment import Addresses
from local_stack.testing import full_stack, whole_log

from . import aggregates
from .aggregates import BUSINESSES, address_of, door
from .calm import calm
from .commands import People
from .databases import Databases
from .driver import Driver, Request, publisher
from .judge import Judge
from .ledger import Ledger
from .mailbox import codes_by_address
from .processes import environment_of, targets
from .records import Sending, Story, first_words, wire
from .schedule import kill_points
from .verdict import (
    Verdict,
    judge_branding,
    judge_dead_letters,
    judge_log,
    judge_mail,
    judge_positions,
    judge_rows,
    judge_sessions,
)

pytestmark = pytest.mark.chaos
LONG = 10 if os.environ.get("CHAOS_LONG") else 1
EVENTS, KILLS, POISON = 2000 * LONG, 22 * LONG, 12
SIGN_INS, CODES, STRANGERS, NAMES = 8 * LONG, 24 * LONG, 8 * LONG, 12 * LONG
DOORS = (SIGN_INS + CODES) // len(BUSINESSES)
_FAR = 1_000_000


@dataclass
class Run:
    """One run against one stack."""

    addresses: Addresses
    ledger: Ledger
    databases: Databases
    people: People

    async def settled(self) -> None:
        """Wait until all is applied."""
        await calm(self.databases, self.addresses.kafka_bootstrap)

    def requests(self) -> list[Request]:
        """Everything asked over HTTP, each address by one person once."""
        doors = [(business, door(number)) for number in range(DOORS) for business in BUSINESSES]
        people = self.people
        asked = [Request("", partial(people.sign_in, *one)) for one in doors[:SIGN_INS]]
        for business, customer in doors[SIGN_INS:]:
            ask = partial(people.ask_for_code, business, address_of(business, customer), known=True)
            asked.append(Request("auth-otp", ask))
        for number in range(STRANGERS):
            stranger = f"stranger-{number}@nobody.example"
            ask = partial(people.ask_for_code, BUSINESSES[number % 2], stranger, known=False)
            asked.append(Request("", ask))
        for number in range(NAMES):
            rename = partial(people.rename, BUSINESSES[number % 2], f"Name {number}")
            asked.append(Request("branding", rename))
        random.Random(self.ledger.seed).shuffle(asked)
        return asked

    def farewells(self) -> list[Sending]:
        """Of those who signed in, one is erased and one loses access: their sessions must end."""
        told = list(self.ledger.sessions)
        words = [aggregates.erased(aggregates.customer(*one, _FAR)) for one in told[:1]]
        words += [aggregates.customer(*one, _FAR, access=False) for one in told[1:2]]
        return [Sending("event", wire(event, _FAR)) for event in words]


@pytest.fixture
def ledger() -> Ledger:
    given = os.environ.get("CHAOS_SEED", "")
    return Ledger(int(given) if given else secrets.randbelow(1_000_000))


async def test_killed_processes_lose_nothing_and_do_nothing_twice(ledger: Ledger) -> None:
    _say(f"\nCHAOS_SEED={ledger.seed}")
    with full_stack() as addresses:
        run = Run(
            addresses,
            ledger,
            Databases(addresses, environment_of(addresses, "auth-otp")),
            People(addresses, ledger, environment_of(addresses, "branding")["BRANDING_API_KEY"]),
        )
        await _run(run)
        verdict = await _judge(run)
        _say(_report(ledger, verdict))
        assert not verdict.missing, verdict.missing[:20]
        assert not verdict.doubled, verdict.doubled[:20]
        assert len(ledger.sessions) >= 2, "nobody came through: no session was erased or withdrawn"
        assert len(ledger.kills) == len(targets(addresses)), ledger.kills
        assert min(ledger.kills.values()) >= 2, ledger.kills


async def _run(run: Run) -> None:
    producer = publisher(run.addresses.kafka_bootstrap)
    await producer.start()
    try:
        driver = Driver(run.ledger, producer)
        await driver.publish(first_words(DOORS))
        await run.settled()  # from here on everybody at a door is known
        story = Story(run.ledger.seed, DOORS)
        kills = kill_points(run.ledger.seed, targets(run.addresses), KILLS, EVENTS)
        await driver.run(story.tell(EVENTS, POISON), run.requests(), kills, events=EVENTS)
        await driver.publish(run.farewells())
    finally:
        await producer.stop()
    await run.settled()


async def _judge(run: Run) -> Verdict:
    verdict = Verdict()
    log = await whole_log.read_all(run.addresses.kafka_bootstrap)
    await judge_rows(verdict, Judge(log, run.ledger.poison), run.databases)
    await judge_log(verdict, run.ledger, log, run.databases)
    await judge_positions(verdict, log, run.databases)
    await judge_dead_letters(verdict, run.ledger, run.databases)
    await judge_branding(verdict, run.ledger, run.databases)
    await judge_sessions(verdict, run.ledger, run.databases)
    judge_mail(verdict, run.ledger, log, await codes_by_address(run.addresses.mailbox_url))
    return verdict


def _say(text: str) -> None:
    """Seen with `pytest -s`, and in the report of a failure."""
    sys.stdout.write(text + "\n")


def _report(ledger: Ledger, verdict: Verdict) -> str:
    lines = {
        "seed": ledger.seed,
        "sent": f"{sum(ledger.sent.values())}  {dict(ledger.sent)}",
        "acknowledged": f"{ledger.acknowledged}, unanswered {dict(ledger.unanswered)}",
        "applied": f"{verdict.applied} by all readers together; {verdict.rows} rows are as the judge says",
        "set aside": verdict.set_aside,
        "missing": len(verdict.missing),
        "doubled effects": len(verdict.doubled),
        "repeated records": f"{verdict.log_repeats} (same event, harmless)",
        "repeated mails": verdict.mail_doubles,
        "kills": f"{sum(ledger.kills.values())}  {dict(sorted(ledger.kills.items()))}",
    }
    return "\n".join(f"  {name:<17} {value}" for name, value in lines.items())
