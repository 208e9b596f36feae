"""A charge of a kept card while its owner is away: what the processor is sent."""

from dataclasses import dataclass
from typing import Final

HARD_DECLINES: Final = frozenset(
    {
        "account_closed",
        "authentication_required",
        "card_not_supported",
        "currency_not_supported",
        "expired_card",
        "fraudulent",
        "incorrect_number",
        "invalid_account",
        "invalid_amount",
        "invalid_number",
        "lost_card",
        "merchant_blacklist",
        "new_account_information_available",
        "no_action_taken",
        "not_permitted",
        "pickup_card",
        "restricted_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)
"""What a bank says that another try would not change (https://docs.stripe.com/declines/codes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCharge:
    """`amount` in minor units, from a card of a vault; `description` is what the business finds it by."""

    business_id: str
    payment_id: str
    amount: int
    currency: str
    vault: str
    card_id: str
    description: str
