"""Stripe's rate limits, once they are switched on: https://docs.stripe.com/rate-limits.

They count whatever the one key asks for, of whichever account, by the machine's clock.
"""

from collections import deque

from stand_in_stripe.errors import StripeError

AN_ENDPOINT, IN_ALL = 25, 100
"""Requests in any second."""
MESSAGE = (
    "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."
)


def too_many(reason: str) -> StripeError:
    """Stripe's answer (429), with the headers that say which limit it was, and that trying again helps."""
    headers = {"Stripe-Rate-Limited-Reason": reason, "Stripe-Should-Retry": "true"}
    return StripeError(429, MESSAGE, code="rate_limit", headers=headers)


class RateLimits:
    """The requests of the last second, by endpoint; a refused one counts for nothing."""

    def __init__(self) -> None:
        self.on = False
        self._taken: deque[tuple[float, str]] = deque()

    def take(self, endpoint: str, now: float) -> None:
        """Count a request. Raises StripeError for one too many."""
        while self._taken and self._taken[0][0] <= now - 1:
            self._taken.popleft()
        if self.on and len(self._taken) >= IN_ALL:
            raise too_many("global-rate")
        if self.on and sum(taken == endpoint for _, taken in self._taken) >= AN_ENDPOINT:
            raise too_many("endpoint-rate")
        self._taken.append((now, endpoint))
