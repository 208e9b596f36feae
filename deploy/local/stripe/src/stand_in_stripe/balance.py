"""An account's money at Stripe: each movement with its fee, and the payouts of what is available.

A movement is a balance transaction. Each currency has a balance of its own: nothing is exchanged. Sources:
https://docs.stripe.com/payouts and https://docs.stripe.com/reports/balance-transaction-types.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from stand_in_stripe.objects import FACTS, Json, new
from stand_in_stripe.sandbox import PLATFORM, Context

DAY_SECONDS = 24 * 60 * 60
KIND = "balance_transaction"


def move(ctx: Context, source: Json, amount: int, kind: str, category: str, fee: int = 0) -> Json:
    """Add `amount` less `fee` to what is available at once, because of `source`. Returns the movement."""
    return _write(ctx, source, amount, kind, category, fee, ctx.now)


def take_in(ctx: Context, charge: Json) -> str:
    """Add a charge less Stripe's fee, to be available some days later. Returns the id of the movement."""
    account = _account(ctx)
    percent, fixed = FACTS["fee"].get(account["country"], FACTS["fee"]["US"])
    part = Decimal(charge["amount"]) * Decimal(percent) / 100
    fee = int(part.quantize(Decimal(1), ROUND_HALF_UP)) + fixed.get(charge["currency"], 0)
    today = ctx.now - ctx.now % DAY_SECONDS
    later = today + DAY_SECONDS * account["settings"]["payouts"]["schedule"]["delay_days"]
    kind = "charge" if is_by_card(charge) else "payment"
    return _write(ctx, charge, charge["amount"], kind, "charge", fee, later)["id"]


def give_back(ctx: Context, refund: Json, charge: Json, *, failed: bool = False) -> str:
    """Take a refund out, or put one that failed back; the fee stays Stripe's. Returns the movement's id."""
    if failed:
        return move(ctx, refund, refund["amount"], "refund_failure", "refund_failure")["id"]
    kind = "refund" if is_by_card(charge) else "payment_refund"
    return move(ctx, refund, -refund["amount"], kind, "refund")["id"]


def is_by_card(charge: Json) -> bool:
    """Whether a charge was paid by card; Stripe calls any other a payment."""
    return charge["payment_method_details"]["type"] == "card"


def make_available(ctx: Context, movement: Json) -> Json:
    """The days are over: with the last of this moment, all that is available is paid out."""
    ctx.write(movement, status="available")
    same = {"currency": movement["currency"], "available_on": movement["available_on"]}
    if not ctx.newest(KIND, 1, status="pending", **same):
        pay_out(ctx, movement["currency"])
    return movement


def pay_out(ctx: Context, currency: str) -> None:
    """Send all that is available in a currency to the bank, if it is more than nothing."""
    movements = ctx.newest(KIND, currency=currency, status="available", _payout="")
    if (total := sum(movement["net"] for movement in movements)) > 0:
        _send(ctx, currency, total, movements)


def arrive(ctx: Context, payout: Json) -> Json:
    """The bank has the money."""
    ctx.write(payout, "payout.paid", status="paid", reconciliation_status="completed")
    return payout


def read_balance(ctx: Context, _asked: Json, _named: Mapping[str, str]) -> Json:
    """`GET /v1/balance`: the sum of the movements, payouts included."""
    currency: str = _account(ctx)["default_currency"]
    sums = {status: {currency: 0} for status in ("available", "pending")}
    for movement in ctx.newest(KIND):
        of = sums[movement["status"]]
        of[movement["currency"]] = of.get(movement["currency"], 0) + movement["net"]
    shown = {
        status: [{"amount": amount, "currency": name} for name, amount in sorted(amounts.items())]
        for status, amounts in sums.items()
    }
    return new("balance", **shown)


def _account(ctx: Context) -> Json:
    """Its own, whether or not the key may still see it; of what no known account has, the platform's."""
    find = ctx.sandbox.books.find
    owned = find("account", ctx.account) or find("account", PLATFORM)
    return owned.object if owned else {}


def _send(ctx: Context, currency: str, total: int, movements: list[Json]) -> None:
    arrival = ctx.now - ctx.now % DAY_SECONDS + DAY_SECONDS
    fields = {"currency": currency, "description": "STRIPE PAYOUT", "statement_descriptor": None}
    made = ctx.new("payout", "po", **fields, amount=total, arrival_date=arrival)
    out = move(ctx, made, -total, "payout", "payout")
    ctx.write(made, "payout.created", due=arrival, balance_transaction=out["id"])
    for movement in [*movements, out]:
        movement["_payout"] = made["id"]
        ctx.write(movement)


def _write(
    ctx: Context, source: Json, amount: int, kind: str, category: str, fee: int, available: int
) -> Json:
    currency = source["currency"]
    part = {
        "amount": fee,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    waits = available > ctx.now
    made = ctx.new(
        KIND,
        "txn",
        amount=amount,
        available_on=available,
        currency=currency,
        description=source.get("description"),
        fee=fee,
        fee_details=[part] if fee else [],
        net=amount - fee,
        reporting_category=category,
        source=source["id"],
        status="pending" if waits else "available",
        type=kind,
        _payout="",
    )
    ctx.write(made, due=available if waits else None)
    return made
