"""Whether a business can be paid online: asked of billing beside the request, never waited for."""

import asyncio

import httpx
from chassis.clock import system_clock
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring
from portal_read.adapters.billing import Billing


class Answers:
    """billing's internal route: what it answers by business, and what it was asked."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.enabled: dict[str, object] = {}
        self.status = 200
        self.asked: list[str] = []
        self.billing = Billing(
            "http://billing",
            KeyRing.parse(new_ring()),
            system_clock,
            httpx.MockTransport(self.answer),
            now=lambda: self.now,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.raw_path.decode())
        if self.status == 0:
            raise httpx.ConnectError("nobody there", request=request)
        business = request.url.path.split("/")[3]
        return httpx.Response(self.status, json={"enabled": self.enabled.get(business, True)})

    async def after_asking(self, business_id: str) -> bool:
        self.billing.enabled(business_id)
        await self.billing.settled()
        return self.billing.enabled(business_id)


async def test_an_unknown_business_is_taken_to_be_payable_while_billing_is_asked() -> None:
    answers = Answers()
    answers.enabled["b-1"] = False
    assert answers.billing.enabled("b-1") is True
    await answers.billing.settled()
    assert answers.billing.enabled("b-1") is False
    assert answers.asked == ["/internal/businesses/b-1/charges"]
    await answers.billing.close()


async def test_an_answer_is_good_for_a_minute_and_each_business_has_its_own() -> None:
    answers = Answers()
    answers.enabled["b-1"] = False
    assert await answers.after_asking("b-1") is False
    assert await answers.after_asking("b-2") is True
    answers.enabled["b-1"] = True
    answers.now += 59
    assert await answers.after_asking("b-1") is False
    answers.now += 1
    assert await answers.after_asking("b-1") is True
    assert len(answers.asked) == 3
    await answers.billing.close()


async def test_one_question_at_a_time_is_on_its_way() -> None:
    answers = Answers()
    for _ in range(5):
        answers.billing.enabled("b-1")
    await answers.billing.settled()
    assert len(answers.asked) == 1
    await answers.billing.close()


async def test_without_an_answer_what_was_heard_last_stands() -> None:
    answers = Answers()
    answers.enabled["b-1"] = False
    await answers.after_asking("b-1")
    for status in (0, 500, 404):
        answers.status = status
        answers.now += 60
        assert await answers.after_asking("b-1") is False
        assert await answers.after_asking(f"never-heard-{status}") is True
    await answers.billing.close()


async def test_an_answer_that_makes_no_sense_is_none() -> None:
    answers = Answers()
    answers.enabled["b-1"] = "no"
    assert await answers.after_asking("b-1") is True
    await answers.billing.close()


async def test_an_id_stays_one_part_of_the_path() -> None:
    answers = Answers()
    await answers.after_asking("../x?y")
    assert answers.asked == ["/internal/businesses/..%2Fx%3Fy/charges"]
    await answers.billing.close()


async def test_closing_leaves_no_question_behind() -> None:
    answers = Answers()
    answers.billing.enabled("b-1")
    await answers.billing.close()
    assert len(asyncio.all_tasks()) == 1
