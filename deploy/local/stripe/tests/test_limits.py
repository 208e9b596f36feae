"""Stripe's rate limits: nobody's while they are off, 25 a second for an endpoint and 100 in all while on."""

import httpx
from sandbox_beside import KEY, Running

ENDPOINTS = ("charges", "refunds", "disputes", "events", "payouts")


async def ask(running: Running, path: str, count: int) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {KEY}", "Stripe-Account": "acct_sparkle"}
    return [await running.http.get(f"/v1/{path}", headers=headers) for _ in range(count)]


def refused(answers: list[httpx.Response]) -> list[str]:
    return [answer.headers["Stripe-Rate-Limited-Reason"] for answer in answers if answer.status_code == 429]


async def test_nothing_is_limited_until_it_is_switched_on(running: Running) -> None:
    assert refused(await ask(running, "charges", 101)) == []


async def test_an_endpoint_takes_twenty_five_a_second(running: Running) -> None:
    await running.controls.limit_rates()
    answers = await ask(running, "charges", 26)
    assert refused(answers) == ["endpoint-rate"]
    assert (answers[-1].headers["Stripe-Should-Retry"], answers[-1].json()["error"]["code"]) == (
        "true",
        "rate_limit",
    )
    assert refused(await ask(running, "refunds", 1)) == []
    running.now += 1
    assert refused(await ask(running, "charges", 25)) == []


async def test_all_endpoints_take_a_hundred_a_second(running: Running) -> None:
    await running.controls.limit_rates()
    answers = [answer for path in ENDPOINTS for answer in await ask(running, path, 21)]
    assert refused(answers) == ["global-rate"] * 5


async def test_behaving_again_ends_the_limits(running: Running) -> None:
    await running.controls.limit_rates()
    await running.controls.behave()
    assert refused(await ask(running, "charges", 30)) == []


async def test_a_planned_429_has_the_same_headers(running: Running) -> None:
    await running.controls.fault("any", "429")
    assert refused(await ask(running, "charges", 1)) == ["global-rate"]
