"""When which process is killed, ended or frozen: at moments of the story, not of the clock."""

import random
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Literal, NamedTuple, get_args

from .processes import Target

LONGEST_BURST = 60
Deed = Literal["killed", "ended", "frozen"]
"""SIGKILL; SIGTERM; SIGSTOP, and SIGCONT later in the story."""


class Aim(NamedTuple):
    """Taken once `after` records are sent; the deed falls `burst` records later, none of them waited for."""

    after: int
    burst: int
    target: Target
    deed: Deed = "killed"


def kill_points(seed: int, victims: Sequence[Target], kills: int, events: int) -> list[Aim]:
    """Each kill, in order; each target in turn, shuffled by halves.

    Whoever was killed has at least half a round to come back, so that it is killed at work.
    """
    chance = random.Random(seed)
    halves = list(victims)
    chance.shuffle(halves)
    middle = len(halves) // 2
    order: list[Target] = []
    while len(order) < kills:
        for half in (halves[:middle], halves[middle:]):
            chance.shuffle(half)
            order += half
    last = events - kills * 2 - LONGEST_BURST  # so that there are records left to kill at
    moments = sorted(chance.sample(range(events // 20, last), kills))
    pairs = zip(moments, order, strict=False)
    return [Aim(moment, chance.randint(1, LONGEST_BURST), target) for moment, target in pairs]


def all_in_turn(seed: int, victims: Sequence[Target], rounds: int, events: int) -> list[Aim]:
    """Every deed to every victim, so many times; before its turn comes again, all others have had theirs."""
    chance, deeds = random.Random(seed), get_args(Deed)
    order = chance.sample(victims, len(victims))
    turns: list[tuple[Target, Deed]] = [
        (target, deeds[(turn + place) % len(deeds)])
        for turn in range(rounds * len(deeds))
        for place, target in enumerate(order)
    ]
    every = events // (len(turns) + 1)
    return [
        Aim((number + 1) * every, chance.randint(1, min(LONGEST_BURST, every)), target, deed)
        for number, (target, deed) in enumerate(turns)
    ]


def kill_order(chance: random.Random, often: Sequence[Target], seldom: Sequence[Target]) -> Iterator[Target]:
    """Whom to kill, for ever: in each round all of `often`, in two shuffled halves, and two of `seldom`."""
    others = cycle(chance.sample(seldom, len(seldom)))
    middle = len(often) // 2
    while True:
        for half in (often[:middle], often[middle:]):
            yield from chance.sample(half, len(half))
            yield next(others)
