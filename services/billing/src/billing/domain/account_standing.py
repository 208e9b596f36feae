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
_READY_AGAIN: Final = timedelta(hours=1)
_UNUSABLE_AGAIN: Final = timedelta(minutes=5)


def next_check_after(standing: AccountStanding) -> timedelta:
    """How long an answer is good for: what is wrong is looked at sooner."""
    return _READY_AGAIN if standing == "ready" else _UNUSABLE_AGAIN
