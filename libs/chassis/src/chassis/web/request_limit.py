"""How often something may be asked for in a while, counted in one process: it spares work."""

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from chassis.clock import Clock

_KEPT: Final = 10_000


class RequestLimit:
    """Counts requests by a key, `limit` of them in each `window` that begins with the first."""

    def __init__(self, clock: Clock, limit: int, window: timedelta) -> None:
        self._clock, self._limit, self._window = clock, limit, window
        self._counts: OrderedDict[bytes, tuple[datetime, int]] = OrderedDict()

    def count(self, key: bytes) -> int:
        """Count a request; how many seconds it has to wait, 0 while there are not too many."""
        now = self._clock()
        since, requests = self._counts.pop(key, (now, 0))
        if now - since >= self._window:
            since, requests = now, 0
        self._counts[key] = since, requests + 1
        if len(self._counts) > _KEPT:
            self._counts.popitem(last=False)
        if requests < self._limit:
            return 0
        return ceil((since + self._window - now).total_seconds())
