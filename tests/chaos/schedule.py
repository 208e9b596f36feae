"""When which process is killed: at moments of the story, not of the clock."""

import random
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

from .processes import Target

LONGEST_BURST = 60


class Kill(NamedTuple):
    """Aimed once `after` records are sent; it falls `burst` records later, none of them waited for."""

    after: int
    burst: int
    target: Target


def kill_points(seed: int, victims: Sequence[Target], kills: int, events: int) -> list[Kill]:
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
    return [Kill(moment, chance.randint(1, LONGEST_BURST), target) for moment, target in pairs]


def kill_order(chance: random.Random, often: Sequence[Target], seldom: Sequence[Target]) -> Iterator[Target]:
    """Whom to kill, for ever: in each round all of `often`, in two shuffled halves, and two of `seldom`."""
    others = cycle(chance.sample(seldom, len(seldom)))
    middle = len(often) // 2
    while True:
        for half in (often[:middle], often[middle:]):
            yield from chance.sample(half, len(half))
            yield next(others)
