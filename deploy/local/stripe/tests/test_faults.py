"""Bad days on demand: each fault does what its name says, as often as was asked, and no more."""

import asyncio

import pytest
import stripe
from page_forms import press
from portal_testing.stack.eventually import eventually
from portal_testing.stack.stripe_sandbox import Refused
from sandbox_beside import Running
from stand_in_stripe.errors import StripeError
from stand_in_stripe.faults import FAULTS, PlannedFault, take
from stand_in_stripe.operations import OPERATIONS
from stripe_orders import SPARKLE, order

CREATE = "checkout.sessions.create"


async def create(running: Running, key: str = "k1") -> stripe.checkout.Session:
    options = stripe.RequestOptions(stripe_account=SPARKLE, idempotency_key=key)
    return await running.client().v1.checkout.sessions.create_async(order(), options)


async def booked(running: Running) -> list[str]:
    return [session.id for session in (await running.controls.books()).sessions]


async def test_commit_then_timeout_has_done_it(served: Running) -> None:
    await served.controls.fault(CREATE, "commit-then-timeout", seconds=0)
    with pytest.raises(stripe.APIConnectionError):
        await create(served)
    (identifier,) = await booked(served)
    assert (await create(served)).id == identifier


async def test_commit_then_timeout_says_nothing_until_the_client_gives_up(served: Running) -> None:
    await served.controls.fault(CREATE, "commit-then-timeout", seconds=60)
    hasty = asyncio.create_task(create(served))
    (identifier,) = await eventually(
        lambda: booked(served), what="the session to be there", within=10, every=0.01, met=bool
    )
    assert not hasty.done()
    hasty.cancel()
    assert (await create(served)).id == identifier


async def test_timeout_has_not_done_it(served: Running) -> None:
    await served.controls.fault(CREATE, "timeout", seconds=0)
    with pytest.raises(stripe.APIConnectionError):
        await create(served)
    assert await booked(served) == []
    assert (await create(served)).status == "open"


async def test_a_500_is_kept_under_its_key(running: Running) -> None:
    await running.controls.fault(CREATE, "500")
    with pytest.raises(stripe.APIError):
        await create(running)
    with pytest.raises(stripe.APIError) as failed:
        await create(running)
    assert failed.value.http_status == 500
    assert failed.value.headers is not None
    assert failed.value.headers["Idempotent-Replayed"] == "true"
    assert await booked(running) == []
    assert (await create(running, "k2")).status == "open"


async def test_commit_then_500_has_done_it_and_says_500_for_ever(running: Running) -> None:
    await running.controls.fault(CREATE, "commit-then-500")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await create(running)
    assert len(await booked(running)) == 1


async def test_429_is_not_kept(running: Running) -> None:
    await running.controls.fault(CREATE, "429")
    with pytest.raises(stripe.RateLimitError):
        await create(running)
    assert (await create(running)).status == "open"


async def test_every_third_request_of_any_kind(running: Running) -> None:
    await running.controls.fault("any", "429", times=None, every=3)
    account = f"/v1/accounts/{SPARKLE}"
    secret = {"Authorization": "Bearer sk_test_of_these_tests"}
    statuses = [(await running.http.get(account, headers=secret)).status_code for _ in range(6)]
    assert statuses == [200, 200, 429, 200, 200, 429]
    await running.controls.behave()
    assert (await running.http.get("/_sandbox/faults")).json() == []


async def test_a_fault_that_does_not_exist_is_refused(running: Running) -> None:
    with pytest.raises(Refused, match="kind must be one of drop, duplicate"):
        await running.controls.fault("webhook", "429")
    for body in ('{"on": "moon", "kind": "429"}', '{"on": "any", "kind": "429", "times": 0}', "{"):
        assert (await running.http.post("/_sandbox/faults", content=body)).status_code == 400


def test_faults_are_used_up_in_the_order_they_were_planned() -> None:
    planned = [PlannedFault("any", "429"), PlannedFault("checkout.sessions.list", "500", times=2)]
    kinds = [fault and fault.kind for fault in (take(planned, "checkout.sessions.list") for _ in range(4))]
    assert kinds == ["429", "500", "500", None]
    assert take(planned, "webhook") is None
    with pytest.raises(StripeError):
        PlannedFault("any", "drop")


def test_every_place_of_a_fault_is_an_operation() -> None:
    assert {operation.place for operation in OPERATIONS} | {"webhook", "any"} >= set(FAULTS)


async def test_a_page_of_another_site_can_plan_nothing(running: Running) -> None:
    elsewhere = {"Origin": "http://evil.example"}
    for path, body in (("faults", {"choice": "on=any&kind=429"}), ("faults/clear", {"choice": ""})):
        answer = await running.http.post(f"/_sandbox/{path}", data=body, headers=elsewhere)
        assert answer.status_code == 403
    assert running.sandbox.faults == []
    answer = await running.http.get("/_sandbox/books", headers={"Host": "evil.example"})
    assert answer.status_code == 400


async def test_the_switches_of_the_page_work(running: Running) -> None:
    assert "everything works" in (await running.http.get("/")).text
    await press(running.http, "/", "Plan it", choice="on=any&kind=429", times="2", every="3")
    assert "any: 429, 2 more, one in 3" in (await running.http.get("/")).text
    refused = await press(running.http, "/", "Plan it", times="0")
    assert refused.status_code == 422
    assert "times and every must be at least 1" in refused.text
    await press(running.http, "/", "Behave again")
    assert "everything works" in (await running.http.get("/")).text
