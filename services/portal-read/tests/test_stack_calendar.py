"""Calendar files and feeds, on the real database as the real roles."""

import re
from datetime import timedelta

import httpx
import pytest
from portal_testing.read_calendar import entries_of
from portal_world import CONTACT, ROOT, World
from servicehub_events import (
    AppointmentCancelled,
    AppointmentRescheduled,
    AppointmentScheduled,
    Contact,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    FormerWindow,
    PortalDisabled,
    PortalEnabled,
    Role,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
VISIT = samples.appointment()


async def post(world: World, path: str, cookie: str | None = None) -> httpx.Response:
    sent = {"Cookie": world.cookie() if cookie is None else cookie, "Sec-Fetch-Site": "same-origin"}
    return await world.browser().post(ROOT + path, headers=sent)


async def made(world: World) -> str:
    """The path of a new feed, as its owner reads it in the settings."""
    answer = await post(world, "/calendar")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/settings#feed")
    return (await shown(world))[0]


async def shown(world: World) -> list[str]:
    """The paths of feeds on the settings page."""
    page = (await world.get(f"{ROOT}/settings")).text
    return re.findall(r'id="feed-url" value="https?://[^/"]+([^"]+)"', page)


async def fetched(world: World, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """As a machine fetches it, without a session."""
    return await world.get(path, "", headers)


def entries(answer: httpx.Response) -> list[tuple[int, str]]:
    assert answer.status_code == 200, answer.text
    return [(entry.sequence, entry.status) for entry in entries_of(answer.content)]


async def test_a_visit_is_a_calendar_file(full: World) -> None:
    answer = await full.get(f"{ROOT}/appointments/ap-1/visit.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    (entry,) = entries_of(answer.content)
    assert entry.start == VISIT.window.start
    assert (await full.get(f"{ROOT}/appointments/ap-absent/visit.ics")).status_code == 404
    assert (await fetched(full, f"{ROOT}/appointments/ap-1/visit.ics")).status_code == 303


async def test_a_feed_is_made_on_request_and_shown_to_its_owner_alone(full: World) -> None:
    assert await shown(full) == []
    path = await made(full)
    assert re.fullmatch(rf"{ROOT}/calendar/[\w-]{{43}}\.ics", path)
    assert await shown(full) == [path]
    colleague = Contact(contact_id="co-2", name="A Colleague", email="colleague@mail.example")
    contacts = (*samples.customer().contacts, colleague)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=contacts))
    theirs = await full.get(f"{ROOT}/settings", full.cookie(contact_id="co-2", session_id="se-2"))
    assert theirs.status_code == 200
    assert "feed-url" not in theirs.text


async def test_a_feed_is_fetched_without_a_session_and_follows_every_change(full: World) -> None:
    path = await made(full)
    ((first, confirmed),) = entries(await fetched(full, path))
    former = FormerWindow(start=VISIT.window.start, end=VISIT.window.end, at=VISIT.window.start)
    await full.apply(as_event(AppointmentRescheduled, VISIT, rescheduled_from=former))
    ((second, _),) = entries(await fetched(full, path))
    await full.apply(as_event(AppointmentCancelled, VISIT, status="cancelled"))
    ((third, status),) = entries(await fetched(full, path))
    assert first < second < third
    assert (confirmed, status) == ("CONFIRMED", "CANCELLED")


async def test_an_unchanged_feed_is_answered_304_and_kept_by_nobody_else(full: World) -> None:
    path = await made(full)
    first = await fetched(full, path)
    assert first.headers["cache-control"] == "private, no-cache"
    assert first.headers["x-robots-tag"] == "noindex"
    again = await fetched(full, path, {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await full.apply(as_event(AppointmentCancelled, VISIT, status="cancelled"))
    assert (await fetched(full, path, {"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_what_opens_no_feed_is_answered_alike(full: World) -> None:
    ended, unknown = await made(full), f"{ROOT}/calendar/{'x' * 43}.ics"
    current = await made(full)
    twin = {"business_id": "b-2"}
    await full.apply(
        as_event(PortalEnabled, samples.business(), **twin, slug="twin-business", former_slugs=()),
        as_event(CustomerRegistered, samples.customer(), **twin),
        as_event(AppointmentScheduled, samples.appointment(), **twin),
    )
    foreign = current.replace(ROOT, "/portal/twin-business")
    answers = [
        await fetched(full, path)
        for path in (
            ended,
            unknown,
            foreign,
            "/portal/no-such-business/calendar/x.ics",
            f"{ROOT}/calendar/%00.ics",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {b""}
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert len(entries(await fetched(full, current))) == 1


async def test_a_feed_ends_at_once_when_its_owner_stops_it(full: World) -> None:
    path = await made(full)
    assert (await post(full, "/calendar/end")).status_code == 303
    assert (await fetched(full, path)).status_code == 404
    assert await shown(full) == []


@pytest.mark.parametrize("withdrawn", ["access", "contact", "role"])
async def test_a_feed_ends_for_good_with_the_access_to_visits(full: World, withdrawn: str) -> None:
    path, customer = await made(full), samples.customer()
    roles: tuple[Role, ...] = ("invoices",)
    contact = Contact(contact_id=CONTACT, name="N", email="n@mail.example", roles=roles)
    changes: dict[str, dict[str, object]] = {
        "access": {"portal_access": False},
        "contact": {"contacts": ()},
        "role": {"contacts": (contact,)},
    }
    await full.apply(as_event(CustomerRevised, customer, **changes[withdrawn]))
    assert (await fetched(full, path)).status_code == 404
    await full.apply(as_event(CustomerRevised, customer))
    assert (await full.get(ROOT, full.cookie(session_id="se-new"))).status_code == 200
    assert (await fetched(full, path)).status_code == 404


async def test_a_late_record_of_the_past_ends_no_feed(full: World) -> None:
    path = await made(full)
    past = as_event(CustomerRevised, samples.customer(), portal_access=False)
    await full.apply(as_event(CustomerRevised, samples.customer()))
    await full.apply(past, version=1)
    assert (await fetched(full, path)).status_code == 200


async def test_a_feed_ends_for_good_with_its_portal(full: World) -> None:
    path, business = await made(full), samples.business()
    off = business.generation + 1
    await full.apply(as_event(PortalDisabled, business, enabled=False, generation=off))
    assert (await fetched(full, path)).status_code == 404
    await full.apply(as_event(PortalEnabled, business, generation=off))
    assert (await fetched(full, path)).status_code == 404
    newer = await full.get(f"{ROOT}/settings", full.cookie(generation=off, session_id="se-new"))
    assert newer.status_code == 200
    assert "feed-url" not in newer.text


async def test_nothing_is_left_of_the_feed_of_an_erased_customer(full: World) -> None:
    path = await made(full)
    await full.apply(as_event(CustomerErased, samples.customer()))
    assert (await fetched(full, path)).status_code == 404
    async with full.worker.all_tenants() as tx:
        assert await tx.value("SELECT count(*) FROM visitor.calendar_feeds", int) == 0


async def test_a_stranger_makes_and_ends_no_feed(full: World) -> None:
    path = await made(full)
    for action in ("/calendar", "/calendar/end"):
        assert (await post(full, action, "")).headers["location"] == f"{ROOT}/sign-in"
        crossing = {"Cookie": full.cookie(), "Sec-Fetch-Site": "cross-site"}
        assert (await full.browser().post(ROOT + action, headers=crossing)).status_code == 403
    assert len(entries(await fetched(full, path))) == 1


async def test_the_token_lies_nowhere_in_plain(full: World) -> None:
    token = (await made(full)).removeprefix(f"{ROOT}/calendar/").removesuffix(".ics").encode()
    async with full.worker.all_tenants() as tx:
        stored = await tx.value("SELECT token || token_hash FROM visitor.calendar_feeds", bytes)
    assert stored
    assert token not in stored


async def test_an_address_that_is_fetched_too_often_is_told_to_wait(full: World) -> None:
    path = await made(full)
    limit = full.settings.calendar_requests_per_hour
    answers = [(await fetched(full, path)).status_code for _ in range(limit + 1)]
    assert answers == [*[200] * limit, 429]
    unknown = f"{ROOT}/calendar/{'y' * 43}.ics"
    assert [(await fetched(full, unknown)).status_code for _ in range(limit + 1)][-1] == 429
    full.clock.pass_time(hours=1)
    assert (await fetched(full, path)).status_code == 200


async def test_one_business_cannot_reach_the_feeds_of_another(full: World) -> None:
    await made(full)
    async with full.web.tenant("b-2") as tx:
        assert await tx.value("SELECT count(*) FROM visitor.calendar_feeds", int) == 0
        assert await tx.run("DELETE FROM visitor.calendar_feeds") == 0


async def test_what_is_long_over_is_left_out_of_a_feed(full: World) -> None:
    path = await made(full)
    full.clock.now = VISIT.window.end + timedelta(days=91)
    await full.caught_up(full.clock.now)
    assert entries(await fetched(full, path)) == []
