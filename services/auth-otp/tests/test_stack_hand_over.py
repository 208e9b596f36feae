"""Every code that is asked for is handed over once, whatever becomes of the notifier and of the worker."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from auth_otp.domain.sending import Answer, SendCode
from auth_otp.handlers.send_codes import send_waiting
from portal_testing.stack import Servers

from .fake_ports import FakeCourier
from .sign_in_world import EMAIL, World, contact, customer

pytestmark = pytest.mark.stack
PHONE = "+819012345678"


async def ask(world: World, address: str = EMAIL) -> None:
    answer = await world.browser().post("/auth/sample-business/codes", json={"address": address})
    assert answer.status_code == 200


async def later(world: World, seconds: float = 5) -> list[SendCode]:
    """What is sent when so much time has passed."""
    await world.run(f"UPDATE code_requests SET next_try_at = next_try_at - interval '{seconds} seconds'")
    return await world.send_codes()


async def waits(world: World) -> timedelta | None:
    """How long the one request still waits; None when there is none."""
    return await world.value("SELECT next_try_at - requested_at FROM code_requests", timedelta)


async def test_a_notifier_that_was_away_gets_each_code_once_when_it_is_back(world: World) -> None:
    world.courier.answers = ["unavailable"] * 3
    await ask(world)
    for wait in (0.5, 1, 2):
        assert await later(world, 0) == []
        left = await waits(world)
        assert left
        assert left >= timedelta(seconds=wait)
        await world.run("UPDATE code_requests SET next_try_at = now()")
    assert [code.address.value for code in await world.send_codes()] == [EMAIL]
    assert await world.count("code_requests") == 0
    assert (await world.send_codes(), world.courier.asked) == ([], 4)


async def test_a_code_whose_answer_is_lost_is_handed_over_again_and_sent_once(world: World) -> None:
    world.courier.loses_answers = True
    await ask(world)
    sent = await world.send_codes()
    assert await world.count("code_requests") == 1
    world.courier.loses_answers = False
    assert (len(sent), await later(world)) == (1, [])
    assert (await world.count("code_requests"), world.courier.asked) == (0, 2)


async def test_a_worker_that_dies_before_it_deletes_leaves_the_code_to_another(world: World) -> None:
    class Dying(FakeCourier):
        async def hand_over(self, code: SendCode) -> Answer:
            await super().hand_over(code)
            raise asyncio.CancelledError

    dying, living = Dying(), world.courier
    await ask(world)
    with pytest.raises(asyncio.CancelledError):
        await send_waiting(replace(world.worker, courier=dying))
    assert await world.send_codes() == []  # it is claimed
    left = await waits(world)
    assert left
    assert left > timedelta(seconds=4)
    (first,), (second,) = dying.drain(), await later(world)
    assert (first.code, first.request.send_number) == (second.code, second.request.send_number)
    assert await world.count("code_requests") == 0
    assert living.asked == 1


async def test_workers_share_what_waits_and_none_waits_for_another(world: World) -> None:
    people = [contact(f"co-{n}", email=f"n{n}@example.com") for n in range(60)]
    await world.apply(customer(*people))
    for one in people:
        await ask(world, str(one.email))
    await asyncio.gather(*(send_waiting(world.worker) for _ in range(3)))
    sent = [code.address.value for code in await world.send_codes()]
    assert sorted(sent) == sorted(str(one.email) for one in people)
    assert world.courier.asked == len(people)


@pytest.mark.parametrize("answer", ["expired", "malformed"])
async def test_a_code_that_the_notifier_never_takes_is_given_up(world: World, answer: Answer) -> None:
    world.courier.answers = [answer]
    await ask(world)
    assert await world.send_codes() == []
    assert (await world.count("code_requests"), world.courier.asked) == (0, 1)


async def test_a_notifier_that_does_not_know_us_is_asked_again(world: World) -> None:
    world.courier.answers = ["unauthorised"]
    await ask(world)
    assert await world.send_codes() == []
    assert [code.address.value for code in await later(world)] == [EMAIL]


async def test_a_code_that_expires_while_the_notifier_is_away_is_dropped(world: World) -> None:
    world.courier.answers = ["unavailable"]
    await ask(world)
    await world.send_codes()
    await world.run("UPDATE code_requests SET expires_at = now(), next_try_at = now()")
    assert await world.send_codes() == []
    assert (await world.count("code_requests"), world.courier.asked) == (0, 1)


async def test_no_wait_outlasts_the_code(world: World) -> None:
    world.courier.answers = ["unavailable"]
    await ask(world)
    await world.run("UPDATE code_requests SET tries = 20, expires_at = now() + interval '3 seconds'")
    await world.send_codes()
    assert await world.value("SELECT next_try_at = expires_at FROM code_requests", bool)


async def test_a_text_counts_once_against_the_daily_cap_however_often_it_is_handed_over(
    servers: Servers,
) -> None:
    people = [contact("co-1", email=None, phone=PHONE), contact("co-2", email=None, phone="+819012345679")]
    async with World.fresh(servers, sms_per_day=2, sms_reserve=0.0) as world:
        await world.apply(customer(*people))
        world.courier.answers = ["unavailable"] * 2
        await ask(world, PHONE)
        for _ in range(2):
            assert await later(world) == []
        await ask(world, str(people[1].phone))
        assert len(await later(world)) == 2
        assert await world.value("SELECT count FROM sms_days", int) == 2
