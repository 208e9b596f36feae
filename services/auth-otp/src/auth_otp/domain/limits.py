"""Limits as values: so many within so long. Several together all hold."""

from typing import NamedTuple


class Limit(NamedTuple):
    """At most `most` within any `seconds`."""

    most: int
    seconds: int


Limits = tuple[Limit, ...]

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
