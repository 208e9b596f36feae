"""Whether two samples of times come from one source: the Mann-Whitney U test, by its normal approximation."""

from collections import Counter
from collections.abc import Sequence
from math import erfc, sqrt
from typing import NamedTuple


class Comparison(NamedTuple):
    """`p`: how often chance alone makes a difference as large. `effect`: the odds that one drawn of the first
    is larger than one drawn of the second, less a half: 0 is none, 0.5 is all.
    """

    p: float
    effect: float


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare two samples, of twenty values or more each; equal values share their ranks."""
    ordered = sorted([*first, *second])
    ranks: dict[float, float] = {}
    for place, value in enumerate(ordered, start=1):
        ranks.setdefault(value, place)
    ties = Counter(ordered)
    m, n = len(first), len(second)
    u = sum(ranks[value] + (ties[value] - 1) / 2 for value in first) - m * (m + 1) / 2
    tied = sum(count**3 - count for count in ties.values())
    spread = sqrt(m * n / 12 * (m + n + 1 - tied / ((m + n) * (m + n - 1))))
    z = (u - m * n / 2) / spread if spread else 0.0
    return Comparison(erfc(abs(z) / sqrt(2)), u / (m * n) - 0.5)
