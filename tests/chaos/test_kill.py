"""The kill test: service processes are killed at work, and nothing that was promised is lost or done twice.

The short form runs with every other test; `CHAOS_LONG=1` is ten times as long. `CHAOS_SEED` repeats a run.
"""

import random
from functools import partial

import pytest
from portal_testing.stack import full_stack

from . import aggregates
from .aggregates import BUSINESSES, address_of, door
from .driver import Driver, Request, publisher
from .ledger import Ledger
from .processes import targets
from .records import Sending, Story, first_words, wire
from .run import LONG, Run
from .schedule import kill_points

pytestmark = pytest.mark.chaos
EVENTS, KILLS, POISON = 2000 * LONG, 22 * LONG, 12
SIGN_INS, CODES, STRANGERS, NAMES = 8 * LONG, 24 * LONG, 8 * LONG, 12 * LONG
DOORS = (SIGN_INS + CODES) // len(BUSINESSES)
_FAR = 1_000_000


async def test_killed_processes_lose_nothing_and_do_nothing_twice() -> None:
    with full_stack() as addresses:
        run = Run.against(addresses)
        await _run(run)
        verdict, ledger = await run.judged(), run.ledger
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
        await driver.run(story.tell(EVENTS, POISON), _requests(run), kills, events=EVENTS)
        await driver.publish(_farewells(run.ledger))
    finally:
        await producer.stop()
    await run.settled()


def _requests(run: Run) -> list[Request]:
    """Everything asked over HTTP, each address by one person once."""
    doors = [(business, door(number)) for number in range(DOORS) for business in BUSINESSES]
    people = run.people
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
    random.Random(run.ledger.seed).shuffle(asked)
    return asked


def _farewells(ledger: Ledger) -> list[Sending]:
    """Of those who signed in, one is erased and one loses access: their sessions must end."""
    told = list(ledger.sessions)
    words = [aggregates.erased(aggregates.customer(*one, _FAR)) for one in told[:1]]
    words += [aggregates.customer(*one, _FAR, access=False) for one in told[1:2]]
    return [Sending("event", wire(event, _FAR)) for event in words]
