"""What Stripe refuses, the sandbox refuses: by the same code, naming the same parameter."""

import pytest
import stripe
from sandbox_beside import NOW, Running
from stripe_orders import SPARKLE, order

HALF_HOUR, DAY = 30 * 60, 24 * 3600


def line(**more: object) -> dict[str, object]:
    price = {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "A"}}
    return {"quantity": 1, "price_data": {**price, **more}}


async def refusal(running: Running, **more: object) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await running.client().v1.checkout.sessions.create_async(order(**more), {"stripe_account": SPARKLE})
    assert (await running.controls.books()).sessions == []
    return refused.value


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items": [line(discount=1)]}, "parameter_unknown", "line_items[0][price_data][discount]"),
        ({"metadata": "x"}, "parameter_invalid_object", "metadata"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]"),
        ({"line_items": [line(unit_amount="5.5")]}, "parameter_invalid_integer", None),
        ({"line_items": [line(unit_amount=0)]}, "parameter_invalid_integer", None),
        ({"line_items": [line(unit_amount=-1)]}, "parameter_invalid_integer", None),
        ({"line_items": [{**line(), "quantity": 0}]}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"line_items": [line(), line(currency="eur")]}, None, "line_items"),
        ({"line_items": [line(currency="xxx")]}, None, "line_items[0][price_data][currency]"),
        ({"line_items": [line(currency="kwd", unit_amount=12_345)]}, "parameter_invalid_integer", None),
        ({"success_url": "portal/return"}, "url_invalid", "success_url"),
        ({"success_url": ""}, "parameter_invalid_empty", "success_url"),
        ({"locale": "tlh"}, None, "locale"),
        ({"customer_email": "nobody"}, "email_invalid", "customer_email"),
        ({"expires_at": int(NOW) + HALF_HOUR - 1}, None, "expires_at"),
        ({"expires_at": int(NOW) + DAY + 1}, None, "expires_at"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"adaptive_pricing": {"enabled": "true"}}, "sandbox_unsupported", "adaptive_pricing[enabled]"),
        ({"mode": "sale"}, None, "mode"),
        ({"mode": "subscription"}, "sandbox_unsupported", "mode=subscription"),
        ({"discounts": [{"coupon": "c"}]}, "sandbox_unsupported", "discounts"),
        ({"payment_method_types": ["sofort"]}, "sandbox_unsupported", None),
        ({"metadata": {"k" * 41: "v"}}, None, None),
        ({"client_reference_id": "r" * 201}, "parameter_invalid_string", "client_reference_id"),
        ({"expand": ["shop"]}, None, "expand"),
    ],
)
async def test_a_bad_parameter_is_named(
    running: Running, more: dict[str, object], code: str | None, param: str | None
) -> None:
    error = await refusal(running, **more)
    assert (error.http_status, error.code) == (400, code)
    if param is not None:
        assert error.param == param


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
    ],
)
async def test_an_amount_that_can_not_be_charged(
    running: Running, amount: int, currency: str, code: str
) -> None:
    error = await refusal(running, line_items=[line(unit_amount=amount, currency=currency)])
    assert error.code == code


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "usd"), (50, "jpy"), (10, "kwd"), (99_999_999, "usd"), (500, "isk")]
)
async def test_the_least_and_the_most_can_be_charged(running: Running, amount: int, currency: str) -> None:
    wanted = order(amount, currency, expires_at=int(NOW) + HALF_HOUR)
    opened = await running.client().v1.checkout.sessions.create_async(wanted, {"stripe_account": SPARKLE})
    assert (opened.amount_total, opened.currency) == (amount, currency)


async def test_the_total_is_the_sum_of_the_lines(running: Running) -> None:
    lines = [{**line(unit_amount=1234), "quantity": 3}, line(unit_amount=1)]
    opened = await running.client().v1.checkout.sessions.create_async(
        order(line_items=lines, expand=["line_items"]), {"stripe_account": SPARKLE}
    )
    assert opened.amount_total == 3 * 1234 + 1
    assert opened.line_items is not None
    assert [item.amount_total for item in opened.line_items.data] == [3702, 1]


async def test_live_mode_is_refused_in_stripes_words(running: Running) -> None:
    with pytest.raises(
        stripe.AuthenticationError, match=r"Invalid API Key provided: sk_live_\*+1234"
    ) as refused:
        await running.client("sk_live_" + "a" * 16 + "1234").v1.charges.list_async()
    assert refused.value.http_status == 401
    with pytest.raises(stripe.InvalidRequestError, match="a similar object exists in live mode"):
        await running.client().v1.checkout.sessions.retrieve_async("cs_live_a1")


async def test_an_unknown_path_says_what_there_is(running: Running) -> None:
    answer = await running.http.get("/v1/subscriptions")
    assert answer.status_code == 404
    assert "Unrecognized request URL (GET: /v1/subscriptions)" in answer.json()["error"]["message"]
