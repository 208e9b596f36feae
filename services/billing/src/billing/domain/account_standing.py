"""Whether a business's account can take payments, as the processor sees it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

AccountStanding = Literal["ready", "restricted", "missing"]
"""`restricted`: it is there and cannot be charged. `missing`: there is none, or it is not connected to us."""

REMEDIES: Final[Mapping[AccountStanding, str]] = {
    "ready": "Customers can pay online.",
    "restricted": "Stripe takes no charges for this account yet: finish what Stripe's dashboard asks for it.",
    "missing": "Stripe knows no such account among those connected to the portal: correct stripe_account.",
}
"""What it means for the business, and what to do."""
_AGAIN: Final = timedelta(hours=1)
_UNUSABLE_AGAIN: Final = timedelta(minutes=5)
GOOD_FOR: Final = 2 * _AGAIN
"""How long a stored answer is good for: the worker asks again before that, unless it has fallen behind."""


def next_check_after(standing: AccountStanding, checks: int) -> timedelta:
    """When to ask again: sooner about what is wrong, later after each of so many `checks` without news."""
    if standing == "ready":
        return _AGAIN
    return min(_UNUSABLE_AGAIN * 2 ** min(checks, 8), _AGAIN)
