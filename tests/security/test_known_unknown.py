"""Nobody learns at the front door whose address is known: same bytes, same statements, same time.

`SECURITY_LONG=1` (`make timing`) asks so often that times can be compared, too much for a busy machine in
every run. Both kinds are asked for in turn, in a random order, with an empty queue: what slows one slows the
other. An effect of 0.1 is 4.2 standard errors at 300 of each kind: by chance once in 40,000 comparisons.
"""

import os
import sys
from random import Random
from typing import Final

import pytest
from portal_testing.stack import Servers

from tests.security.front_door import Asked, FrontDoor
from tests.security.two_samples import compare

LONG: Final = bool(os.environ.get("SECURITY_LONG"))
PAIRS: Final = 320 if LONG else 2
WARMING: Final = 20 if LONG else 1
MOST: Final = 0.1
FREELY: Final = {"source_sends_per_hour": 10**6}
CODES: Final = {"open": PAIRS, "longer code": PAIRS, "limit of texts": 1, "not me": 0}
"""How many codes leave in each guard, all of them to known addresses."""


def address(guard: str, kind: str, number: int) -> str:
    """Of one length for both kinds, and so short that no cookie is compressed, whose length is chance."""
    if guard == "limit of texts":
        return f"+8190{'1234' if kind == 'known' else '5678'}{number:04}"
    return f"{kind:.1}{number:04}@fx.example"


@pytest.mark.stack
@pytest.mark.parametrize("guard", CODES)
async def test_known_and_unknown_addresses_cannot_be_told_apart(servers: Servers, guard: str) -> None:
    known, unknown = ([address(guard, kind, n) for n in range(PAIRS)] for kind in ("known", "unknown"))
    limit = {"sms_per_day": 1} if guard == "limit of texts" else {}
    async with FrontDoor.open(servers, known, **FREELY, **limit) as door:
        if guard == "longer code":
            await door.spend([*known, *unknown])
        if guard == "not me":
            await door.guard(known)
        pairs = [await asked_in_turn(door, pair) for pair in zip(known, unknown, strict=True)]
        sent = await door.drain()
    assert sent == CODES[guard]
    for one, other in pairs:
        assert one.answers == other.answers
        assert one.statements == other.statements
    if LONG:
        judge(guard, pairs[WARMING:])


async def asked_in_turn(door: FrontDoor, pair: tuple[str, str]) -> tuple[Asked, Asked]:
    """Ask for both, whichever first; the queue is empty before each."""
    answers: dict[str, Asked] = {}
    for one in Random(pair[0]).sample(pair, 2):
        answers[one] = await door.ask(one)
        await door.drain()
    return answers[pair[0]], answers[pair[1]]


def judge(guard: str, pairs: list[tuple[Asked, Asked]]) -> None:
    """Compare the times, and print what was seen."""
    for request in ("post_seconds", "get_seconds"):
        known, unknown = ([getattr(pair[at], request) for pair in pairs] for at in (0, 1))
        p, effect = compare(known, unknown)
        medians = [1000 * sorted(times)[len(times) // 2] for times in (known, unknown)]
        sys.stdout.write(
            f"\n{guard}, {request[:-8]}: n={len(known)}, medians {medians[0]:.2f} and {medians[1]:.2f} ms,"
            f" p={p:.3f}, effect {effect:+.3f}"
        )
        assert abs(effect) < MOST


@pytest.mark.parametrize(("slower", "seen"), [(0.0, False), (0.02, False), (0.5, True)])
def test_a_difference_that_matters_is_seen_and_none_is_not(slower: float, seen: bool) -> None:
    """In standard deviations: a statement more is a quarter of a millisecond, about half of one."""
    chance = Random(7)
    first, second = ([chance.gauss() for _ in range(300)] for _ in range(2))
    assert (abs(compare([slower + value for value in first], second).effect) >= MOST) is seen


def test_equal_and_disjoint_samples_are_at_the_ends_of_the_scale() -> None:
    same = [1.0, 2.0, 3.0] * 10
    assert compare(same, same) == (1.0, 0.0)
    assert compare([5.0] * 20, [4.0] * 20).effect == 0.5
