"""A business that takes payments: the platform itself, or an account connected to it."""

from typing import Annotated

import msgspec

from stand_in_stripe.currencies import check_currency
from stand_in_stripe.objects import Json, new
from stand_in_stripe.sandbox import Context

AccountId = Annotated[str, msgspec.Meta(pattern=r"^acct_\w+$")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}$")]


def open_account(
    ctx: Context,
    id: AccountId,  # noqa: A002  # as Stripe calls it
    country: Country = "US",
    default_currency: str = "usd",
    *,
    charges_enabled: bool = True,
) -> Json:
    """Open an account, connect it again, or change what may change of one. Raises StripeError."""
    name = id.removeprefix("acct_")
    known, country = ctx.sandbox.books.find("account", id), country.upper()
    on, due = ("active", list[str]()) if charges_enabled else ("inactive", ["external_account"])
    japanese = {"konbini_payments": on, "paypay_payments": on} if country == "JP" else {}
    payouts = {"currently_due": due, "eventually_due": due, "past_due": due}
    banks: Json = {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": f"/v1/accounts/{id}/external_accounts",
    }
    made = new(
        "account",
        id=id,
        capabilities={"card_payments": on, **japanese, "transfers": on},
        charges_enabled=charges_enabled,
        country=country,
        created=known.object["created"] if known else ctx.now,
        default_currency=check_currency(default_currency, "default_currency"),
        email=f"{name.lower()}@merchant.example",
        external_accounts=banks,
        payouts_enabled=charges_enabled,
        requirements={**payouts, "disabled_reason": "requirements.past_due" if due else None},
        settings={"dashboard": {"display_name": name.replace("_", " ").title()}},
    )
    ctx.write(made)
    if known:
        Context(ctx.sandbox, id).emit("account.updated", made)
    return made
