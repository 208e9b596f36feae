"""The real worker process on real servers: an event in, a message out, and the code nowhere else."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from code_samples import ADDRESS, NUMBER, business_event, code
from delivery_world import World
from mailbox_beside import FROM
from notification_samples import contact, customer
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, eventually
from servicehub_events import MessageFailed, MessageSent, TextsResumed, TextsStopped
from worker_stack import Stack, worker_stack

pytestmark = pytest.mark.stack


@pytest.fixture
async def stack(servers: Servers, tmp_path: Path) -> AsyncGenerator[Stack]:
    async with worker_stack(servers, tmp_path / "worker.log") as stack:
        yield stack


async def test_a_code_handed_over_is_a_message_out_and_nothing_else_shows_it(stack: Stack) -> None:
    await stack.serve()
    await stack.publish(business_event(business_id=stack.business_id, name=stack.business_id))
    stack.box.faults.plan("sms", "500")
    digits = ["918273", "827364", "736455"]
    made = partial(code, now=datetime.now(UTC), business_id=stack.business_id)
    await stack.hand_over(made(code=digits[0]))
    await stack.hand_over(made("sms", code=digits[1]))
    await stack.hand_over(made(code=digits[2]))
    await stack.box.inbox.until(lambda: len(stack.arrived()) == 3)
    told = await stack.told(4)

    assert sorted(type(event).__name__ for event in told) == ["MessageDelivered"] + ["MessageSent"] * 3
    assert {digit in str(stack.arrived()) for digit in digits} == {True}
    seen = {
        "log": stack.log.read_text(),
        "tables": await stack.everything_stored(),
        "events": repr(told),
    }
    assert "delivery.postponed" in seen["log"]
    for place, shown in seen.items():
        for canary in (*digits, ADDRESS, NUMBER):
            assert canary not in shown, f"{canary} is in the {place}"


async def test_what_twilio_reports_and_people_reply_is_told(stack: Stack) -> None:
    await stack.serve()
    ken = contact("ken", email=None, phone=NUMBER)
    await stack.publish(
        business_event(business_id=stack.business_id, name=stack.business_id),
        customer(ken, business_id=stack.business_id),
    )
    await eventually(partial(_knows_the_number, stack), what="the contact is known", within=20)
    stack.box.faults.plan("sms", "30006")
    await stack.hand_over(code("sms", now=datetime.now(UTC), business_id=stack.business_id))
    of_code = await stack.told(2)  # of one key, so in their order
    assert [type(event) for event in of_code] == [MessageSent, MessageFailed]
    assert (of_code[1].error, of_code[1].address_fault) == ("twilio_30006", "not_a_mobile")
    async with httpx.AsyncClient(base_url=stack.box.http_url, trust_env=False) as phone:
        await phone.post("/_reply", data={"From": NUMBER, "To": FROM, "Body": "STOP"})
        (stopped,) = [event for event in await stack.told(3) if isinstance(event, TextsStopped)]
        assert stopped.contact_id == "co-ken"
        account = stack.box.account
        form = {"From": FROM, "To": NUMBER, "Body": "hello"}
        path = f"/2010-04-01/Accounts/{account.sid}/Messages.json"
        refused = await phone.post(path, data=form, auth=(account.sid, account.token))
        assert refused.json()["code"] == 21610
        await phone.post("/_reply", data={"From": NUMBER, "To": FROM, "Body": "start"})
    assert [event.contact_id for event in await stack.told(4) if isinstance(event, TextsResumed)] == [
        "co-ken"
    ]


async def _knows_the_number(stack: Stack) -> bool:
    return bool(await stack.rows("SELECT 1 FROM contact_channels"))


async def test_a_code_arrives_while_kafka_is_away(servers: Servers, tmp_path: Path) -> None:
    async with worker_stack(servers, tmp_path / "worker.log", KAFKA_BOOTSTRAP="127.0.0.1:1") as stack:
        await stack.serve()
        async with aclosing(World(servers, stack.urls)) as world:
            event = business_event(business_id=stack.business_id, name=stack.business_id)
            await world.apply(envelope_of(event))
        await stack.hand_over(code(now=datetime.now(UTC), business_id=stack.business_id))
        await stack.box.inbox.until(lambda: len(stack.arrived()) == 1)
        assert stack.arrived()[0].to[0].address == ADDRESS
        await stack.kill()  # without brokers its clients may take their time to end
