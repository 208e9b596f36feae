"""Codes become deliveries, deliveries become messages, once each; on a real database, with fake senders."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from code_samples import ADDRESS, CODE, NOW, NUMBER, business_event, code
from delivery_world import World
from notifier.domain.delivery import DeliveryPostponed, DeliveryRejected
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers

pytestmark = pytest.mark.stack


SENT = ("portal.MessageSent.v1", None)


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    async with World.fresh(servers) as world:
        await world.apply(envelope_of(business_event()))
        yield world


async def test_a_code_goes_out_by_mail_and_leaves_nothing_to_open(world: World) -> None:
    await world.hand_over(code())
    assert await world.deliver() == 1
    ((to, mail),) = world.mail.sent
    body = mail.get_body(("plain",))
    assert body is not None
    assert (to, CODE in body.get_content(), CODE in mail["Subject"]) == (ADDRESS, True, False)
    assert await world.outcomes() == [SENT]
    assert await world.rows("SELECT status, content, version FROM deliveries") == [("sent", None, 1)]


async def test_a_code_goes_out_by_sms_for_as_long_as_it_lives(world: World) -> None:
    await world.hand_over(code("sms"))
    await world.deliver(later=60)
    (sms,) = world.sms.sent
    assert (sms.to, sms.valid_for) == (NUMBER, timedelta(minutes=9))
    assert sms.text.splitlines()[-1] == f"@portal.example.com #{CODE}"
    assert await world.rows("SELECT provider_reference FROM deliveries") == [("SM1",)]


async def test_the_event_names_its_cause_and_no_address(world: World) -> None:
    await world.hand_over(code(challenge_id="ch-1", send_number=3))
    await world.deliver()
    ((told, cause),) = await world.rows("SELECT convert_from(value, 'UTF8'), causation_id FROM outbox")
    assert cause == "ch-1-3"
    assert "ch-1-3" in str(told)
    assert ADDRESS not in str(told)
    assert CODE not in str(told)


async def test_the_same_request_heard_twice_is_sent_once(world: World) -> None:
    request = code()
    await world.hand_over(request, request)
    await world.hand_over(request)
    await world.deliver()
    await world.hand_over(request)
    await world.deliver(later=60)
    assert len(world.mail.sent) == 1


async def test_two_sends_of_one_challenge_are_two_messages(world: World) -> None:
    await world.hand_over(code(challenge_id="ch-1"), code(challenge_id="ch-1", send_number=2))
    await world.deliver()
    assert len({mail["Message-ID"] for _, mail in world.mail.sent}) == 2


async def test_an_expired_request_is_dropped(world: World) -> None:
    await world.hand_over(code(life=timedelta(0)))
    assert await world.deliver() == 0
    assert await world.rows("SELECT 1 FROM deliveries") == []


async def test_a_code_that_expires_while_waiting_is_told_as_failed_not_sent(world: World) -> None:
    await world.hand_over(code())
    await world.deliver(later=600)
    assert world.mail.sent == []
    assert await world.outcomes() == [("portal.MessageFailed.v1", "expired")]
    assert await world.rows("SELECT status, content FROM deliveries") == [("failed", None)]


async def test_a_failure_that_may_pass_is_tried_again_with_the_same_message_id(world: World) -> None:
    world.mail.errors = [DeliveryPostponed("smtp_451"), DeliveryPostponed("smtp_unreachable")]
    await world.hand_over(code())
    assert await world.deliver() == 1
    assert await world.deliver(later=0.9) == 0
    assert await world.deliver(later=0.1) == 1
    assert await world.deliver(later=2) == 1
    ((_, mail),) = world.mail.sent
    ((known, attempts),) = await world.rows("SELECT message_id, attempts FROM deliveries")
    assert (mail["Message-ID"], attempts) == (f"<{known}@example.com>", 3)
    assert await world.outcomes() == [SENT]


async def test_a_server_that_stays_away_is_given_up_when_the_code_dies(world: World) -> None:
    world.mail.errors = [DeliveryPostponed("smtp_unreachable")] * 100
    await world.hand_over(code())
    attempts = [await world.deliver(later=31) for _ in range(21)]
    assert sum(attempts) == 20
    assert await world.outcomes() == [("portal.MessageFailed.v1", "expired")]


async def test_a_refusal_is_final(world: World) -> None:
    world.sms.errors = [DeliveryRejected("twilio_21211")]
    await world.hand_over(code("sms"))
    assert await world.deliver() == 1
    assert await world.deliver(later=60) == 0
    assert await world.outcomes() == [("portal.MessageFailed.v1", "twilio_21211")]


async def test_a_bug_of_ours_stops_no_other_message(world: World) -> None:
    world.mail.errors = [ZeroDivisionError()]
    await world.hand_over(code(), code())
    await world.deliver()
    assert len(world.mail.sent) == 1
    await world.deliver(later=1)
    assert await world.outcomes() == [SENT, SENT]


async def test_a_code_waits_for_its_business(world: World) -> None:
    await world.hand_over(code(business_id="b-2"))
    await world.deliver()
    assert world.mail.sent == []
    await world.apply(envelope_of(business_event(business_id="b-2", name="Late Ltd")))
    await world.deliver(later=1)
    assert [mail["From"] for _, mail in world.mail.sent] == ["Late Ltd <sample@example.com>"]


async def test_a_worker_that_died_while_sending_leaves_its_job_to_another(world: World) -> None:
    world.mail.hold = {ADDRESS: asyncio.Event()}
    await world.hand_over(code())
    dying = world.queue()
    await dying.step()
    await world.mail.held.wait()
    world.mail.hold = {}
    assert await world.deliver(later=44) == 0
    assert await world.deliver(later=1) == 1
    assert await world.outcomes() == [SENT]


async def test_a_latecomer_does_not_tell_a_second_outcome(world: World) -> None:
    release = asyncio.Event()
    world.mail.hold = {ADDRESS: release}
    await world.hand_over(code())
    slow = world.queue()
    await slow.step()
    await world.mail.held.wait()
    world.mail.hold = {}
    await world.deliver(later=45)
    release.set()
    await slow.idle()
    assert len(world.mail.sent) == 2
    assert await world.outcomes() == [SENT]


async def test_a_latecomer_does_not_end_what_another_is_sending(world: World) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    world.mail.hold = {ADDRESS: first}
    await world.hand_over(code())
    slow, fresh = world.queue(), world.queue()
    await slow.step()
    await world.mail.held.wait()
    world.mail.held.clear()
    world.clock.pass_time(seconds=45)
    world.mail.hold = {ADDRESS: second}
    await fresh.step()
    await world.mail.held.wait()
    world.mail.errors = [DeliveryRejected("smtp_550")]
    first.set()
    await slow.idle()
    assert await world.outcomes() == []
    second.set()
    await fresh.idle()
    assert await world.outcomes() == [SENT]


async def test_one_that_hangs_holds_no_other(world: World) -> None:
    release = asyncio.Event()
    world.mail.hold = {"slow@example.com": release}
    queue = world.queue(at_once=2)
    await world.hand_over(code(to="slow@example.com"))
    await queue.step()
    await world.hand_over(code(), code())
    assert await queue.step() == 1
    assert await queue.step() == 0  # no room: one hangs, one is under way
    while len(world.mail.sent) < 2:
        await asyncio.sleep(0)
        await queue.step()
    release.set()
    await queue.idle()
    assert [to for to, _ in world.mail.sent] == [ADDRESS, ADDRESS, "slow@example.com"]


async def test_a_flood_of_one_business_does_not_keep_back_another(world: World) -> None:
    flood = [code(requested_at=NOW - timedelta(minutes=1)) for _ in range(200)]
    await world.hand_over(*flood)
    await world.apply(envelope_of(business_event(business_id="b-2", name="Quiet")))
    await world.hand_over(code(business_id="b-2"))
    await world.deliver()
    assert "Quiet <sample@example.com>" in [mail["From"] for _, mail in world.mail.sent]


async def test_an_older_state_of_a_business_changes_nothing(world: World) -> None:
    await world.apply(envelope_of(business_event(name="Newer"), version=3))
    await world.apply(envelope_of(business_event(name="Older"), version=2))
    assert await world.rows("SELECT state ->> 'name', version FROM businesses") == [("Newer", 3)]
