"""Opening a Checkout Session (mode `payment`, hosted page), and the end of one that nobody paid."""

from collections.abc import Mapping

from stand_in_stripe.currencies import check_currency, check_total, check_unit, shown
from stand_in_stripe.errors import StripeError, invalid, missing, refused
from stand_in_stripe.objects import Json, new, new_id
from stand_in_stripe.payment_methods import customer_of
from stand_in_stripe.sandbox import Context

CARD, KONBINI, PAYPAY = "card", "konbini", "paypay"
IN_JAPAN = {KONBINI: (120, 300_000), PAYPAY: (50, 1_000_000)}
"""Least and most, in yen: https://docs.stripe.com/payments/konbini and …/paypay."""
SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 60 * 60
LINE_LIMIT = 100
COPIED = """
adaptive_pricing allow_promotion_codes billing_address_collection cancel_url client_reference_id
custom_text customer customer_creation customer_email excluded_payment_method_types integration_identifier
locale metadata origin_context payment_method_collection payment_method_options phone_number_collection
saved_payment_method_options submit_type success_url
"""
"""Parameters that are fields of the session as well."""
NOT_IN_MODE = {
    "payment": ["setup_intent_data"],
    "setup": ["line_items", "payment_intent_data", "submit_type"],
}


def create(ctx: Context, asked: Json, _named: Mapping[str, str]) -> Json:
    """`POST /v1/checkout/sessions`. Raises StripeError."""
    expires_at, account = _expiry(asked, ctx.now), check_account(ctx)
    _check_customer(ctx, asked)
    currency, lines = _check_mode(asked), asked.get("line_items", [])
    items = [_line(line, currency, ctx.now) for line in lines]
    total: int = sum(item["amount_total"] for item in items)
    if is_payment := asked["mode"] == "payment":
        check_total(total, currency)
    identifier = new_id("cs_test", 58)
    made = ctx.new(
        "checkout.session",
        "cs_test",
        **{name: asked[name] for name in COPIED.split() if name in asked},
        id=identifier,
        amount_subtotal=total if is_payment else None,
        amount_total=total if is_payment else None,
        branding_settings={"display_name": account["settings"]["dashboard"]["display_name"]},
        currency=currency or None,
        expires_at=expires_at,
        mode=asked["mode"],
        payment_method_types=_methods(asked, account, currency, total),
        payment_status="unpaid" if is_payment else "no_payment_required",
        url=f"{ctx.sandbox.origin}/c/pay/{identifier}",
        _details=[line["price_data"]["product_data"].get("description") for line in lines],
        _intent=asked.get("payment_intent_data", asked.get("setup_intent_data", {})),
        _line_items=items,
    )
    ctx.write(made, due=expires_at)
    return made


def check_account(ctx: Context) -> Json:
    """The account, which can make charges. Raises StripeError."""
    account = ctx.sandbox.account(ctx.account)
    if not account["charges_enabled"]:
        about = "Its requirements are listed in the Dashboard."
        raise refused(f"Your account cannot currently make charges. {about}")
    return account


def expire(ctx: Context, _asked: Json, named: Mapping[str, str]) -> Json:
    """`POST /v1/checkout/sessions/{session}/expire`. Raises StripeError for one that is not open."""
    session = expire_if_due(ctx, ctx.get("checkout.session", named["session"], "session"))
    if session["status"] != "open":
        raise StripeError(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of `{session['status']}`.",
        )
    return close(ctx, session)


def expire_if_due(ctx: Context, session: Json) -> Json:
    """The session as it is at this moment: its time may have run out since somebody last looked."""
    if session["status"] == "open" and session["expires_at"] <= ctx.now:
        return close(Context(ctx.sandbox, ctx.account), session)
    return session


def close(ctx: Context, session: Json) -> Json:
    """End an open session, and the PaymentIntent of an attempt that failed."""
    if intent := ctx.find("payment_intent", session["payment_intent"]):
        cancel(ctx, intent, "expired")
    ctx.write(session, "checkout.session.expired", status="expired", url=None)
    return session


def cancel(ctx: Context, intent: Json, reason: str | None) -> Json:
    """No money will come of this PaymentIntent any more."""
    end: Json = {"cancellation_reason": reason, "canceled_at": ctx.now, "next_action": None}
    ctx.write(intent, "payment_intent.canceled", status="canceled", **end)
    return intent


def _line(line: Json, currency: str, now: int) -> Json:
    """The line with its price, without discount or tax, which the sandbox has none of."""
    asked, amount = line["price_data"], line["price_data"]["unit_amount"] * line["quantity"]
    return new(
        "item",
        id=new_id("li"),
        amount_subtotal=amount,
        amount_total=amount,
        currency=currency,
        description=asked["product_data"]["name"],
        metadata=line.get("metadata", {}),
        price={
            **{name: asked[name] for name in ("tax_behavior",) if name in asked},
            "id": new_id("price"),
            "created": now,
            "currency": currency,
            "product": new_id("prod", 14),
            "unit_amount": asked["unit_amount"],
            "unit_amount_decimal": str(asked["unit_amount"]),
        },
        quantity=line["quantity"],
    )


def _check_customer(ctx: Context, asked: Json) -> None:
    if "customer" in asked:
        customer_of(ctx, asked["customer"], "customer")
        for other in ("customer_email", "customer_creation"):
            if other in asked:
                raise invalid(other, f"You may only specify one of these parameters: customer, {other}.")


def _check_mode(asked: Json) -> str:
    """The currency, or none where a card is only kept. Raises StripeError for what the mode has not."""
    mode = asked["mode"]
    for name in NOT_IN_MODE[mode]:
        if name in asked:
            raise invalid(name, f"You can not pass `{name}` in `{mode}` mode.")
    if mode == "payment":
        return _currency(asked)
    if "currency" in asked:
        return check_currency(asked["currency"], "currency")
    if "payment_method_types" not in asked:
        raise missing("currency")
    return ""


def _currency(asked: Json) -> str:
    """The one currency of all lines, in lower case. Raises StripeError."""
    lines: list[Json] = asked.get("line_items", [])
    if not lines:
        raise missing("line_items")
    if len(lines) > LINE_LIMIT:
        raise invalid("line_items", f"A Checkout Session can have up to {LINE_LIMIT} line items.")
    prices = [line["price_data"] for line in lines]
    currencies = [price["currency"].lower() for price in prices]
    if len({*currencies, asked.get("currency", currencies[0]).lower()}) > 1:
        raise invalid("line_items", "All line items of a Checkout Session must have the same currency.")
    currency = check_currency(currencies[0], "line_items[0][price_data][currency]")
    for number, price in enumerate(prices):
        check_unit(price["unit_amount"], currency, f"line_items[{number}][price_data][unit_amount]")
    return currency


def _expiry(asked: Json, now: int) -> int:
    """When the page closes, in Unix seconds. Raises StripeError."""
    expires_at: int = asked.get("expires_at", now + LONGEST_SECONDS)
    about = "The `expires_at` timestamp must be"
    if expires_at - now < SHORTEST_SECONDS:
        raise invalid("expires_at", f"{about} at least 30 minutes from Checkout Session creation.")
    if expires_at - now > LONGEST_SECONDS:
        raise invalid("expires_at", f"{about} less than 24 hours from Checkout Session creation.")
    return expires_at


def _methods(asked: Json, account: Json, currency: str, total: int) -> list[str]:
    """What the page will offer: what was asked for, else what the account has. Raises StripeError."""
    wanted: list[str] = asked.get("payment_method_types", [])
    not_here = {way: why for way in IN_JAPAN if (why := _why_not(way, asked, account, currency, total))}
    for way in wanted:
        if way in not_here:
            raise invalid("payment_method_types", not_here[way])
    wanted = wanted or [CARD, *(way for way in IN_JAPAN if way not in not_here)]
    offered = [way for way in wanted if way not in asked.get("excluded_payment_method_types", ())]
    if not offered:
        raise invalid("payment_method_types", "No valid payment method types for this Checkout Session.")
    return offered


def _why_not(way: str, asked: Json, account: Json, currency: str, total: int) -> str | None:
    if asked["mode"] != "payment":
        return f"The payment method type provided: {way} cannot be used in `{asked['mode']}` mode."
    if currency != "jpy":
        return f"The currency provided ({currency}) is invalid for one of the payment method types: {way}."
    if account["country"] != "JP":
        return f"The payment method type provided: {way} is invalid. It is for accounts in Japan."
    least, most = IN_JAPAN[way]
    if not least <= total <= most:
        return f"Amounts paid by {way} must be between {shown(least, 'jpy')} and {shown(most, 'jpy')} jpy."
    return None
