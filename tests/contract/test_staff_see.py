"""What strangers do at the front door is read by staff in ServiceHub: from wrong codes to a page's line."""

import html
import re
from collections.abc import AsyncGenerator
from functools import partial

import httpx
import psycopg
import pytest
import pytest_asyncio
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor
from portal_testing.stack.whole_log import read_all
from servicehub_events.topics import CONTACTS

from tests.contract.support.journey import SPARKLE, ServiceHub
from tests.contract.support.session_owners import SLUG

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]
WITHIN_SECONDS = 90.0
"""A longer code leaves within a minute."""
AT_ONCE_SECONDS = 20.0
"""What changed of a contact wakes the worker: this is the log's way to staff and back, on a busy machine."""
TRIED, TRIED_AT = "Tried Fx", "tried@mail.example"
LANDLINE, NUMBER = "Landline Fx", "+81312345678"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servicehub(portal: Addresses) -> AsyncGenerator[ServiceHub]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        yield ServiceHub(portal.simulator_url, SPARKLE, http)


async def notices(servicehub: ServiceHub, name: str) -> list[str]:
    """What staff read of a contact."""
    page = (await servicehub.http.get(f"{servicehub.url}/businesses/{SPARKLE}")).text
    lines = re.findall(r'<p class="notice bad">(.+?)</p>', page)
    return [line for line in map(html.unescape, lines) if name in line]


async def told(portal: Addresses, customer_id: str) -> list[str]:
    """The types of what the log says of a customer's contacts, in order."""
    records = [one for one in await read_all(portal.kafka_bootstrap) if one.place.topic == CONTACTS.name]
    return [one.event for one in records if f'"customer_id":"{customer_id}"'.encode() in one.value]


async def is_known(portal: Addresses, customer_id: str) -> bool:
    """Whether somebody may sign in for a customer by now."""
    async with await psycopg.AsyncConnection.connect(portal.databases["auth_otp"].worker) as connection:
        found = "SELECT count(*) FROM contacts WHERE customer_id = %s"
        row = await (await connection.execute(found, (customer_id,))).fetchone()
    return bool(row and row[0])


async def guard_token(portal: Addresses, servicehub: ServiceHub) -> str:
    """The token of the link in a mail that has one; "" before there is one."""
    search = f"{portal.mailbox_url}/api/v1/messages"
    listed = (await servicehub.http.get(search, params={"limit": "200"})).json()["messages"]
    for one in listed:
        if any(to["Address"] == TRIED_AT for to in one["To"]):
            text = (await servicehub.http.get(f"{portal.mailbox_url}/api/v1/message/{one['ID']}")).json()[
                "Text"
            ]
            if link := re.search(r"/n/([\w-]{11})", text):
                return link[1]
    return ""


async def test_wrong_codes_become_an_event_and_a_line_of_the_customers_page(
    portal: Addresses, servicehub: ServiceHub
) -> None:
    customer_id = await servicehub.act("register", display_name=TRIED, email=TRIED_AT)
    await eventually(partial(is_known, portal, customer_id), what="it is known", within=WITHIN_SECONDS)
    stranger = Visitor(portal.public_origin, portal.mailbox_url, SLUG, servicehub.http)
    await stranger.post(f"/auth/{SLUG}/codes", {"address": TRIED_AT})
    for _ in range(4):
        await stranger.post(f"/auth/{SLUG}/sessions", {"code": "000000"})
    lines = partial(notices, servicehub, TRIED)
    (line,) = await eventually(lines, what="staff read of it", within=WITHIN_SECONDS)
    assert line.startswith(f"Someone tried to sign in as {TRIED} on ")
    token = await eventually(partial(guard_token, portal, servicehub), what="the mail", within=WITHIN_SECONDS)
    await stranger.post(f"/auth/{SLUG}/guard", {"token": token})
    guarded, _ = await eventually(
        lines, what="staff read of the guard", within=WITHIN_SECONDS, met=lambda found: len(found) == 2
    )
    assert guarded.startswith(f"{TRIED} said of a code “it was not me”. Until ")
    attacked = ["WrongCodesEntered", "SignInGuarded"]
    assert await told(portal, customer_id) == attacked
    await servicehub.act("erase", customer_id=customer_id)
    await eventually(
        partial(told, portal, customer_id),
        what="ids are all that is left",
        within=WITHIN_SECONDS,
        met=lambda events: events == [*attacked, "ContactForgotten"],
    )


async def test_who_has_a_landline_alone_is_known_to_staff_until_there_is_a_way_in(
    portal: Addresses, servicehub: ServiceHub
) -> None:
    customer_id = await servicehub.act("register", display_name=LANDLINE, phone=NUMBER)
    lines = partial(notices, servicehub, LANDLINE)
    (line,) = await eventually(lines, what="staff read of it", within=AT_ONCE_SECONDS)
    assert line.startswith("Can't get codes: number is a landline.")
    listed = (await servicehub.http.get(f"{servicehub.url}/api/businesses/{SPARKLE}")).json()
    (contact_id,) = [one["contact_id"] for one in listed["contacts"] if one["customer_id"] == customer_id]
    way_in = {"customer_id": customer_id, "contact_id": contact_id, "email": "landline@mail.example"}
    await servicehub.act("contact", **way_in)
    await eventually(lines, what="it is over", within=AT_ONCE_SECONDS, met=lambda found: not found)
    assert await told(portal, customer_id) == ["ContactUnreachable", "ContactReachable"]
    assert NUMBER[1:].encode() not in b"".join(
        one.value for one in await read_all(portal.kafka_bootstrap) if one.place.topic == CONTACTS.name
    )
