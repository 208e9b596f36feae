"""A code that is handed over by HTTP becomes one delivery, encrypted until it is sent."""

from collections.abc import AsyncGenerator
from uuid import UUID

import httpx
import msgspec
import pytest
from chassis.web import service_token
from code_samples import ADDRESS, CODE, NUMBER, business_event, code
from delivery_world import World
from notifier.handlers.accept_code import AcceptCode
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers

pytestmark = pytest.mark.stack
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[World]:
    async with World.fresh(servers) as world:
        await world.apply(envelope_of(business_event()))
        yield world


async def post(world: World, command: AcceptCode, **headers: str) -> httpx.Response:
    """Hand a code over as auth-otp does."""
    keys, now = world.settings.notifier_keys, world.clock.now
    headers["authorization"] = service_token.authorization(
        keys, caller="auth-otp", audience="notifier", now=now
    )
    fields = msgspec.to_builtins(command)
    return await world.browser().post("/internal/sign-in-codes", json=fields, headers=headers)


async def test_a_code_is_accepted_and_accepted_again_and_sent_once(world: World) -> None:
    command = code(challenge_id="ch-1", send_number=2)
    answers = [await post(world, command) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    ((known, caused_by),) = await world.rows("SELECT message_id, caused_by FROM deliveries")
    assert {UUID(answer.json()["message_id"]) for answer in answers} == {known}
    assert caused_by == "ch-1-2"
    await world.deliver()
    assert (await post(world, command)).status_code == 202
    await world.deliver(later=60)
    assert [to for to, _ in world.mail.sent] == [ADDRESS]


async def test_a_repeat_changes_nothing_of_what_was_accepted_first(world: World) -> None:
    await post(world, code(challenge_id="ch-1"))
    await post(world, code(challenge_id="ch-1", to="other@example.com", code="999999"))
    await world.deliver()
    ((to, mail),) = world.mail.sent
    assert to == ADDRESS
    assert "999999" not in mail.as_string()


async def test_each_number_and_each_channel_of_a_challenge_is_a_message_of_its_own(world: World) -> None:
    for command in (
        code(challenge_id="ch-1"),
        code(challenge_id="ch-1", send_number=2),
        code("sms", challenge_id="ch-1"),
        code(challenge_id="ch-2"),
    ):
        await post(world, command)
    assert len(await world.rows("SELECT DISTINCT message_id FROM deliveries")) == 4


async def test_equal_challenges_of_two_businesses_stay_apart(world: World) -> None:
    await world.apply(envelope_of(business_event(business_id="b-2", name="Other")))
    for business_id in ("b-1", "b-2"):
        await post(world, code(business_id=business_id, challenge_id="ch-1"))
    await world.deliver()
    assert len({mail["From"] for _, mail in world.mail.sent}) == 2


async def test_address_and_code_lie_encrypted_until_the_code_is_sent(world: World) -> None:
    await post(world, code())
    await post(world, code("sms"))
    stored = str(await world.rows("SELECT d::text FROM deliveries d"))
    for secret in (ADDRESS, NUMBER, CODE):
        assert secret not in stored
        assert secret.encode().hex() not in stored  # as PostgreSQL writes bytes
    await world.deliver()
    assert await world.rows("SELECT DISTINCT status, content FROM deliveries") == [("sent", None)]
    assert len(world.mail.sent) + len(world.sms.sent) == 2


async def test_content_that_is_moved_to_another_row_opens_nowhere(world: World) -> None:
    await post(world, code(challenge_id="ch-1"))
    await post(world, code(challenge_id="ch-2", to="other@example.com"))
    await world.rows(
        "UPDATE deliveries d SET content = o.content FROM deliveries o"
        " WHERE o.message_id <> d.message_id RETURNING 1"
    )
    await world.deliver()
    assert world.mail.sent == []
    assert await world.outcomes() == [("portal.MessageFailed.v1", "undecipherable")] * 2


async def test_a_code_wakes_the_queue_and_goes_on_with_the_callers_trace(world: World) -> None:
    listening = await world.worker.database.session()
    async with listening:
        await listening.execute(b"LISTEN deliveries")
        await post(world, code(), traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
        assert [one.channel async for one in listening.notifies(timeout=5, stop_after=1)] == ["deliveries"]
    ((traceparent,),) = await world.rows("SELECT traceparent FROM deliveries")
    assert TRACE in str(traceparent)
