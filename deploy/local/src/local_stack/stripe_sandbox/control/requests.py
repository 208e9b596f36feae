"""What the controls take."""

from typing import Annotated, Literal

import msgspec

AccountId = Annotated[str, msgspec.Meta(pattern=r"^acct_\w+$")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}$")]


class PayWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Pay as a person at the page would."""

    method: Literal["card", "konbini"] = "card"
    card: str = "4242424242424242"


class AccountWanted(msgspec.Struct, forbid_unknown_fields=True):
    """Open an account, or change one."""

    id: AccountId
    country: Country = "US"
    default_currency: str = "usd"
    charges_enabled: bool = True
