"""What the controls take."""

from typing import Annotated, Literal

import msgspec

AccountId = Annotated[str, msgspec.Meta(pattern=r"^acct_\w+$")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}$")]


class PayWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Pay as a person at the page would. `total`: what the page then takes, unlike what was asked for."""

    method: Literal["card", "konbini"] = "card"
    card: str = "4242424242424242"
    total: Annotated[int, msgspec.Meta(gt=0)] | None = None


class RefundWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Give money back. `amount` None: all that is left. `status`: how the refund begins."""

    amount: Annotated[int, msgspec.Meta(gt=0)] | None = None
    status: Literal["requires_action", "pending", "succeeded"] = "succeeded"


class DisputeWanted(msgspec.Struct, forbid_unknown_fields=True):
    """The payer's bank disputes a payment; `warning`: it only inquires."""

    warning: bool = False


class CloseWanted(msgspec.Struct, forbid_unknown_fields=True):
    """What the bank decided, seen by the business."""

    won: bool


class AccountWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Open an account, or change one."""

    id: AccountId
    country: Country = "US"
    default_currency: str = "usd"
    charges_enabled: bool = True
