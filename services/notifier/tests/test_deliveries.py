"""Codes become jobs, jobs become messages, once each; on a real database, with senders that do as told."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from chassis.database.database import Database
from chassis.encryption import Undecipherable
from chassis.settings.base import Secret
from code_samples import ADDRESS, CODE, NOW, NUMBER, business_event, code_request, key_pair, received
from code_samples import sealed as seal_code
from delivery_world import World
from local_stack.testing.plugin import FreshDatabase
from notifier.ports import Refused, TryAgain
from sqlalchemy import text

pytestmark = pytest.mark.stack


SENT = ("portal.MessageSent.v1", None)


@pytest.fixture
async def world(fresh_database: FreshDatabase) -> AsyncGenerator[World]:
    urls = await fresh_database("notifier")
    database = Database(Secret(urls.worker))
    world = World(database)
    await world.learn(received(business_event()))
    yield world
    await database.close()


async def test_a_code_goes_out_by_mail_and_leaves_nothing_to_open(world: World) -> None:
    await world.hear(received(code_request()))
    assert await world.deliver() == 1
    ((to, mail),) = world.mail.sent
    body = mail.get_body(("plain",))
    assert body is not None
    assert (to, CODE in body.get_content(), CODE in mail["Subject"]) == (ADDRESS, True, False)
    assert await world.outcomes() == [SENT]
    assert await world.rows("SELECT status, sealed, version FROM deliveries") == [("sent", None, 1)]


async def test_a_code_goes_out_by_sms_for_as_long_as_it_lives(world: World) -> None:
    await world.hear(received(code_request("sms")))
    await world.deliver(later=60)
    (sms,) = world.sms.sent
    assert (sms.to, sms.valid_for) == (NUMBER, timedelta(minutes=9))
    assert sms.text.splitlines()[-1] == f"@portal.example.com #{CODE}"
    assert await world.rows("SELECT provider_reference FROM deliveries") == [("SM1",)]


async def test_the_event_names_its_cause_and_no_address(world: World) -> None:
    request = received(code_request())
    await world.hear(request)
    await world.deliver()
    ((told, cause),) = await world.rows("SELECT convert_from(value, 'UTF8'), causation_id FROM outbox")
    assert cause == request.envelope.id
    assert request.envelope.id in str(told)
    assert ADDRESS not in str(told)
    assert CODE not in str(told)


async def test_the_same_request_heard_twice_is_sent_once(world: World) -> None:
    request = received(code_request())
    await world.hear(request, request)
    await world.hear(request)
    await world.deliver()
    await world.hear(request)
    await world.deliver(later=60)
    assert len(world.mail.sent) == 1


async def test_two_sends_of_one_challenge_are_two_messages(world: World) -> None:
    request = code_request()
    await world.hear(received(request), received(request, sequence=2))
    await world.deliver()
    assert len({mail["Message-ID"] for _, mail in world.mail.sent}) == 2


async def test_an_expired_request_is_dropped(world: World) -> None:
    await world.hear(received(code_request(life=timedelta(0))))
    assert await world.deliver() == 0
    assert await world.rows("SELECT 1 FROM deliveries") == []


async def test_a_code_that_expires_while_waiting_is_told_as_failed_not_sent(world: World) -> None:
    await world.hear(received(code_request()))
    await world.deliver(later=600)
    assert world.mail.sent == []
    assert await world.outcomes() == [("portal.MessageFailed.v1", "expired")]
    assert await world.rows("SELECT status, sealed FROM deliveries") == [("failed", None)]


async def test_a_failure_that_may_pass_is_tried_again_with_the_same_message_id(world: World) -> None:
    world.mail.errors = [TryAgain("smtp_451"), TryAgain("smtp_unreachable")]
    await world.hear(received(code_request()))
    assert await world.deliver() == 1
    assert await world.deliver(later=0.9) == 0
    assert await world.deliver(later=0.1) == 1
    assert await world.deliver(later=2) == 1
    ((_, mail),) = world.mail.sent
    ((known, attempts),) = await world.rows("SELECT message_id, attempts FROM deliveries")
    assert (mail["Message-ID"], attempts) == (f"<{known}@example.com>", 3)
    assert await world.outcomes() == [SENT]


async def test_a_server_that_stays_away_is_given_up_when_the_code_dies(world: World) -> None:
    world.mail.errors = [TryAgain("smtp_unreachable")] * 100
    await world.hear(received(code_request()))
    attempts = [await world.deliver(later=31) for _ in range(21)]
    assert sum(attempts) == 20
    assert await world.outcomes() == [("portal.MessageFailed.v1", "expired")]


async def test_a_refusal_is_final(world: World) -> None:
    world.sms.errors = [Refused("twilio_21211")]
    await world.hear(received(code_request("sms")))
    assert await world.deliver() == 1
    assert await world.deliver(later=60) == 0
    assert await world.outcomes() == [("portal.MessageFailed.v1", "twilio_21211")]


async def test_a_bug_of_ours_stops_no_other_message(world: World) -> None:
    world.mail.errors = [ZeroDivisionError()]
    await world.hear(received(code_request()), received(code_request()))
    await world.deliver()
    assert len(world.mail.sent) == 1
    await world.deliver(later=1)
    assert await world.outcomes() == [SENT, SENT]


async def test_a_code_waits_for_its_business(world: World) -> None:
    await world.hear(received(code_request(business_id="b-2")))
    await world.deliver()
    assert world.mail.sent == []
    await world.learn(received(business_event(business_id="b-2", name="Late Ltd")))
    await world.deliver(later=1)
    assert [mail["From"] for _, mail in world.mail.sent] == ["Late Ltd <no-reply@example.com>"]


async def test_what_cannot_be_opened_cannot_be_applied(world: World) -> None:
    _, other = key_pair()
    with pytest.raises(Undecipherable, match="does not open"):
        await world.hear(received(code_request(sealed=seal_code(public=other))))


async def test_a_worker_that_died_while_sending_leaves_its_job_to_another(world: World) -> None:
    world.mail.hold = {ADDRESS: asyncio.Event()}
    await world.hear(received(code_request()))
    dying = world.loop()
    await dying.step()
    await world.mail.held.wait()
    world.mail.hold = {}
    assert await world.deliver(later=44) == 0
    assert await world.deliver(later=1) == 1
    assert await world.outcomes() == [SENT]


async def test_a_latecomer_does_not_tell_a_second_outcome(world: World) -> None:
    release = asyncio.Event()
    world.mail.hold = {ADDRESS: release}
    await world.hear(received(code_request()))
    slow = world.loop()
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
    await world.hear(received(code_request()))
    slow, fresh = world.loop(), world.loop()
    await slow.step()
    await world.mail.held.wait()
    world.mail.held.clear()
    world.now += timedelta(seconds=45)
    world.mail.hold = {ADDRESS: second}
    await fresh.step()
    await world.mail.held.wait()
    world.mail.errors = [Refused("smtp_550")]
    first.set()
    await slow.idle()
    assert await world.outcomes() == []
    second.set()
    await fresh.idle()
    assert await world.outcomes() == [SENT]


async def test_one_that_hangs_holds_no_other(world: World) -> None:
    release = asyncio.Event()
    world.mail.hold = {"slow@example.com": release}
    loop = world.loop(at_once=2)
    await world.hear(received(code_request(sealed=seal_code("slow@example.com"))))
    await loop.step()
    await world.hear(received(code_request()), received(code_request()))
    assert await loop.step() == 1
    assert await loop.step() == 0  # no room: one hangs, one is under way
    while len(world.mail.sent) < 2:
        await asyncio.sleep(0)
        await loop.step()
    release.set()
    await loop.idle()
    assert [to for to, _ in world.mail.sent] == [ADDRESS, ADDRESS, "slow@example.com"]


async def test_a_flood_of_one_business_does_not_keep_back_another(world: World) -> None:
    flood = [received(code_request(), time=NOW - timedelta(minutes=1)) for _ in range(200)]
    await world.hear(*flood)
    await world.learn(received(business_event(business_id="b-2", name="Quiet")))
    await world.hear(received(code_request(business_id="b-2")))
    await world.deliver()
    assert "Quiet <no-reply@example.com>" in [mail["From"] for _, mail in world.mail.sent]


async def test_an_older_state_of_a_business_changes_nothing(world: World) -> None:
    await world.learn(received(business_event(name="Newer"), sequence=3))
    await world.learn(received(business_event(name="Older"), sequence=2))
    assert await world.rows("SELECT state ->> 'name', version FROM businesses") == [("Newer", 3)]


async def test_the_web_role_sees_nothing_of_it(fresh_database: FreshDatabase) -> None:
    web = Database(Secret((await fresh_database("notifier")).web))
    try:
        for table in (
            *("deliveries", "businesses", "positions", "dead_letters"),
            *("customers", "preferences", "subjects", "news"),
        ):
            with pytest.raises(Exception, match="permission denied"):
                async with web.tenant("b-1") as connection:
                    await connection.execute(text(f"SELECT 1 FROM {table}"))
    finally:
        await web.close()
