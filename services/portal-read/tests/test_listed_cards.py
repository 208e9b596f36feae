"""The cards that billing says a contact keeps: asked for whom, and what an answer that is none means."""

from datetime import date

import httpx
import msgspec
import pytest
from chassis.clock import system_clock
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring
from portal_read.adapters.billing import Billing
from portal_read.ports import ListedCard

VISA: dict[str, object] = {"id": "pm_1", "brand": "visa", "last4": "4242", "exp_year": 2028, "exp_month": 2}


async def listed(answer: httpx.Response | None, asked: list[httpx.Request] | None = None) -> object:
    """What becomes of an answer of billing's; None: nobody answers."""

    def serve(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if answer is None:
            raise httpx.ReadTimeout("too slow", request=request)
        return answer

    keys = KeyRing.parse(new_ring())
    billing = Billing("http://billing", keys, system_clock, httpx.MockTransport(serve))
    cards = await billing.list_cards("b-1", "cu-1", "co-1")
    await billing.close()
    return cards


async def test_the_cards_of_one_contact_are_asked_for_and_pay_until_their_months_last_day() -> None:
    asked: list[httpx.Request] = []
    cards = await listed(httpx.Response(200, json={"cards": [VISA]}), asked)
    assert cards == [ListedCard("pm_1", "visa", "4242", date(2028, 2, 29))]
    (request,) = asked
    assert request.url.path == "/internal/cards"
    owner = {"business_id": "b-1", "customer_id": "cu-1", "contact_id": "co-1"}
    assert msgspec.json.decode(request.content) == owner
    assert request.headers["authorization"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        httpx.Response(503, json={"code": "cards_unavailable"}),
        httpx.Response(200, content=b"{"),
        httpx.Response(200, json={"cards": [VISA | {"exp_month": 13}]}),
        httpx.Response(200, json={"cards": [VISA | {"exp_year": 0}]}),
    ],
)
async def test_no_answer_is_not_an_empty_list(answer: httpx.Response | None) -> None:
    assert await listed(answer) is None
