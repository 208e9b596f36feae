"""What a contact last saw, kept by the pages' own form, on the real database as the real roles."""

import re

import httpx
import msgspec
import pytest
from portal_world import CONTACT, ROOT, World
from servicehub_events import (
    AppointmentCancelled,
    AppointmentScheduled,
    Contact,
    CustomerErased,
    CustomerRevised,
    StaffAssigned,
    StaffMember,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack


class SnapshotRow(msgspec.Struct, frozen=True):
    customer_id: str
    contact_id: str
    version: int
    state: bytes


KEN = StaffMember(staff_id="ken", name="Ken Ito")


async def look(world: World) -> str:
    return (await world.get(ROOT, f"{world.cookie()}; __Host-lang=en")).text


async def say_seen(world: World, page: str, *, everything: bool, cookie: str | None = None) -> httpx.Response:
    match = re.search(r'name="shown" value="([0-9a-f]+)"', page)
    form = {"shown": match[1] if match else "", **({"all": "1"} if everything else {})}
    sent = {"Cookie": cookie or world.cookie(), "Sec-Fetch-Site": "same-origin"}
    return await world.browser().post(f"{ROOT}/seen", headers=sent, data=form)


async def kept(world: World) -> int:
    async with world.worker.all_tenants() as tx:
        return await tx.value("SELECT count(*) FROM visitor.snapshots", int) or 0


async def test_what_changed_is_told_until_it_was_seen(full: World) -> None:
    first = await look(full)
    assert "data-learn" in first
    assert (await say_seen(full, first, everything=False)).headers["location"] == f"{ROOT}/"
    assert "data-learn" not in await look(full)
    await full.apply(as_event(StaffAssigned, samples.appointment(), staff=(KEN,)))
    changed = await look(full)
    assert "Changed since you last looked" in changed
    await say_seen(full, changed, everything=True)
    assert "Changed since you last looked" not in await look(full)


async def test_what_changed_after_the_page_was_shown_is_not_seen(full: World) -> None:
    await say_seen(full, await look(full), everything=False)
    await full.apply(as_event(StaffAssigned, samples.appointment(), staff=(KEN,)))
    old = await look(full)
    await full.apply(as_event(AppointmentCancelled, samples.appointment(), status="cancelled"))
    await say_seen(full, old, everything=True)
    assert "A visit was cancelled" in await look(full)


async def test_new_visits_are_learned_while_a_change_waits_to_be_seen(full: World) -> None:
    await say_seen(full, await look(full), everything=False)
    await full.apply(
        as_event(StaffAssigned, samples.appointment(), staff=(KEN,)),
        as_event(AppointmentScheduled, samples.appointment(), appointment_id="ap-2"),
    )
    await say_seen(full, await look(full), everything=False)
    page = await look(full)
    assert "Changed since you last looked" in page
    assert "data-learn" not in page


async def test_a_cancelled_visit_ahead_is_listed_among_what_comes_and_not_among_what_was(full: World) -> None:
    await full.apply(as_event(AppointmentCancelled, samples.appointment(), status="cancelled"))
    assert (await full.get(f"{ROOT}/appointments")).text.count("/appointments/ap-1") == 1
    assert 'class="gone"' in (await full.get(f"{ROOT}/appointments")).text
    full.clock.now = samples.appointment().window.end
    await full.caught_up(full.clock.now)
    later = (await full.get(f"{ROOT}/appointments")).text
    assert later.count("/appointments/ap-1") == 1
    assert 'class="gone"' not in later


async def test_each_contact_has_looked_for_themselves(full: World) -> None:
    await say_seen(full, await look(full), everything=False)
    colleague = Contact(contact_id="co-2", name="A Colleague", email="colleague@mail.example")
    contacts = (*samples.customer().contacts, colleague)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=contacts))
    theirs = await full.get(ROOT, full.cookie(contact_id="co-2", session_id="se-2"))
    assert "data-learn" in theirs.text
    assert await kept(full) == 1
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=(colleague,)))
    assert await kept(full) == 0
    assert colleague.contact_id != CONTACT


async def test_nothing_is_left_of_what_an_erased_customer_saw(full: World) -> None:
    page = await look(full)
    await say_seen(full, page, everything=False)
    async with full.worker.all_tenants() as tx:
        stored = await tx.value("SELECT state FROM visitor.snapshots", bytes)
    assert stored
    assert b"Sample Staff" not in stored
    await full.apply(as_event(CustomerErased, samples.customer()))
    await say_seen(full, page, everything=True)
    assert await kept(full) == 0


async def test_a_stranger_says_nothing_of_what_was_seen(full: World) -> None:
    answer = await say_seen(full, await look(full), everything=True, cookie="x=y")
    assert answer.headers["location"] == f"{ROOT}/sign-in"
    assert await kept(full) == 0


async def test_nothing_is_kept_of_what_a_contact_may_not_see(full: World) -> None:
    contact = Contact(contact_id=CONTACT, name="N", email="n@mail.example", roles=("invoices",))
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=(contact,)))
    await say_seen(full, await look(full), everything=True)
    async with full.worker.all_tenants() as tx:
        rows = await tx.all(
            "SELECT customer_id, contact_id, version, state FROM visitor.snapshots", SnapshotRow
        )
    (row,) = rows
    key = f"{row.customer_id}/{row.contact_id}"
    opened = full.cipher.open("snapshots", samples.BUSINESS, key, row.version, row.state)
    assert msgspec.json.decode(opened)["visits"] == {}
