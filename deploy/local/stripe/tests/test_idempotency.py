"""An idempotency key gives one answer: the first one, to the byte."""

import asyncio

import httpx
import pytest
import stripe
from portal_testing.stack.eventually import eventually
from sandbox_beside import KEY, Running
from stripe_orders import HIKARI, SPARKLE, order

URL = "/v1/checkout/sessions"
FORM = {
    "mode": "payment",
    "success_url": "http://portal.example/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "5000",
    "line_items[0][price_data][product_data][name]": "INV-1",
}


async def post(running: Running, key: str, account: str = SPARKLE, **more: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Account": account, "Idempotency-Key": key}
    return await running.http.post(URL, data=FORM | more, headers=headers)


async def sessions(running: Running) -> int:
    return len((await running.controls.books()).sessions)


async def test_the_same_request_again_gets_the_same_bytes(running: Running) -> None:
    first = await post(running, "k1")
    running.pass_time(60)
    again = await post(running, "k1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert await sessions(running) == 1


async def test_other_parameters_under_the_same_key_are_refused(running: Running) -> None:
    client, options = running.client(), stripe.RequestOptions(stripe_account=SPARKLE, idempotency_key="k1")
    await client.v1.checkout.sessions.create_async(order(5000), options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters they were first used with"):
        await client.v1.checkout.sessions.create_async(order(5001), options)
    assert await sessions(running) == 1


async def test_a_key_whose_request_is_still_running_is_in_use(running: Running) -> None:
    await running.controls.fault("checkout.sessions.create", "timeout", seconds=60)
    first = asyncio.create_task(post(running, "k1"))
    while running.sandbox.faults != []:  # noqa: ASYNC110 - until the first one is being worked on
        await asyncio.sleep(0)
    second = await post(running, "k1")
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "idempotency_key_in_use"
    assert second.json()["error"]["type"] == "idempotency_error"
    assert not first.done()
    first.cancel()


async def test_a_key_is_free_again_when_its_client_gave_up(served: Running) -> None:
    await served.controls.fault("checkout.sessions.create", "timeout", seconds=60)
    async with httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=0.2) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            await hasty.post(URL, data=FORM, headers=headers("k1"))
    answer = await eventually(
        lambda: post(served, "k1"), what="the key to be free", within=10, met=lambda got: got.is_success
    )
    assert "Idempotent-Replayed" not in answer.headers
    assert await sessions(served) == 1


async def test_a_key_belongs_to_one_account(running: Running) -> None:
    first, other = await post(running, "k1"), await post(running, "k1", HIKARI)
    assert first.json()["id"] != other.json()["id"]


async def test_a_refused_form_does_not_use_up_its_key(running: Running) -> None:
    assert (await post(running, "k1", locale="tlh")).status_code == 400
    assert (await post(running, "k1")).status_code == 200


async def test_keys_survive_a_restart_and_are_forgotten_after_a_day(running: Running) -> None:
    first = await post(running, "k1")
    running.pass_time(24 * 3600 + 1)
    await post(running, "k2")
    assert (await post(running, "k1")).json()["id"] != first.json()["id"]


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}", "Stripe-Account": SPARKLE, "Idempotency-Key": key}
