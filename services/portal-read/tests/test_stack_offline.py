"""What a browser may keep for when there is no network: never a visit, but on its owner's own device."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import pytest
from portal_read import pages
from portal_read.http.offline import shown_until
from portal_testing.identity.samples import token
from portal_world import BUSINESS, ROOT, World
from servicehub_events import (
    AppointmentCancelled,
    AppointmentScheduled,
    Cancellation,
    CustomerErased,
    CustomerRevised,
    PortalDisabled,
    SessionRevoked,
    SignedIn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
VISIT = f"{ROOT}/offline/visit"
OFFLINE = f"{ROOT}/offline"
DAY = 24 * 3600


def on_own_device(**changes: Any) -> SignedIn:
    return as_event(SignedIn, samples.session(), remembered=True, **changes)


@pytest.fixture
async def remembered(full: World) -> World:
    """The sample's session, on a device that its contact called their own."""
    await full.apply(on_own_device())
    return full


async def kept(world: World, cookie: str | None = None) -> str:
    """What a worker would keep of the visit, or nothing."""
    answer = await world.get(VISIT, cookie)
    if answer.status_code == 200:
        return answer.text
    assert (answer.status_code, answer.headers.get("location")) == (303, OFFLINE)
    return ""


async def test_a_remembered_device_keeps_the_next_visit_until_it_or_the_session_is_over(
    remembered: World,
) -> None:
    visit = samples.appointment()
    answer = await remembered.get(VISIT)
    assert answer.status_code == 200
    assert visit.service.name in answer.text
    assert visit.staff[0].name in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    until = parsedate_to_datetime(answer.headers["expires"])
    session_ends = datetime.fromtimestamp(remembered.token().expires_at, UTC)
    assert until == min(session_ends, visit.window.end)


async def test_a_device_that_is_not_ones_own_keeps_nothing_of_anybody(full: World) -> None:
    assert await kept(full) == ""
    life = {"expires_at": full.token().issued_at + 30 * DAY}  # however long its token lives
    assert await kept(full, full.cookie(**life)) == ""


async def test_a_session_without_a_row_keeps_nothing_yet(remembered: World) -> None:
    assert await kept(remembered, remembered.cookie(session_id="se-2")) == ""


async def test_nobody_else_is_shown_it(remembered: World) -> None:
    assert await kept(remembered, "") == ""
    assert await kept(remembered, remembered.cookie(customer_id="cu-other")) == ""
    assert await kept(remembered, remembered.cookie(contact_id="co-other")) == ""
    forged = remembered.cookie().replace(".", ".x", 1)
    assert await kept(remembered, forged) == ""


@pytest.mark.parametrize("change", ["signed out", "access off", "no visits", "erased"])
async def test_what_ends_the_right_to_see_visits_ends_the_right_to_keep_one(
    remembered: World, change: str
) -> None:
    customer, session = samples.customer(), samples.session()
    (contact, *others) = customer.contacts
    bills_only = msgspec.structs.replace(contact, roles=("invoices",))
    assert await kept(remembered)
    await remembered.apply(
        {
            "signed out": as_event(
                SessionRevoked,
                session,
                remembered=True,
                revoked_at=session.issued_at,
                reason="signed_out",
            ),
            "access off": as_event(CustomerRevised, customer, portal_access=False),
            "no visits": as_event(CustomerRevised, customer, contacts=(bills_only, *others)),
            "erased": CustomerErased(business_id=BUSINESS, customer_id=customer.customer_id),
        }[change]
    )
    assert await kept(remembered) == ""


async def test_a_portal_that_is_off_answers_so_that_the_worker_leaves(remembered: World) -> None:
    await remembered.apply(as_event(PortalDisabled, samples.business(), enabled=False))
    for path in (OFFLINE, VISIT):
        answer = await remembered.get(path)
        assert answer.status_code == 403
        assert samples.appointment().service.name not in answer.text


async def test_a_visit_that_is_called_off_over_or_without_a_day_is_not_kept(remembered: World) -> None:
    visit = samples.appointment()
    off = Cancellation(at=visit.window.start, reason="", by="business")
    await remembered.apply(as_event(AppointmentScheduled, visit, confirmation="on_hold"))
    assert await kept(remembered) == ""
    await remembered.apply(as_event(AppointmentScheduled, visit))
    assert await kept(remembered)
    remembered.clock.now = visit.window.end + timedelta(minutes=1)
    assert await kept(remembered) == ""
    remembered.clock.now = visit.window.start - timedelta(hours=1)
    await remembered.apply(as_event(AppointmentCancelled, visit, status="cancelled", cancellation=off))
    assert await kept(remembered) == ""


async def test_the_offline_page_is_the_same_for_everybody(remembered: World) -> None:
    cookie = f"{remembered.cookie()}; __Host-lang=en"
    inside, outside = [(await remembered.get(OFFLINE, c)).text for c in (cookie, "__Host-lang=en")]
    assert inside == outside
    assert samples.business().name in inside
    assert samples.appointment().service.name not in inside
    assert "sign-out" not in inside


async def test_the_worker_is_asked_for_anew_and_may_act_for_its_own_portal_alone(full: World) -> None:
    answer = await full.get(f"{ROOT}/sw.js", "")
    assert answer.content == pages.worker_script(on=True)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["service-worker-allowed"] == ROOT
    assert "connect-src 'self'" in answer.headers["content-security-policy"]
    assert f'data-worker="{ROOT}/sw.js"' in (await full.get(ROOT)).text


async def test_an_installation_that_switches_it_off_has_browsers_remove_it(remembered: World) -> None:
    settings = msgspec.structs.replace(remembered.settings, offline_page=False)
    off = remembered.build(settings)
    try:
        browser, headers = remembered.browser(at=off), {"Cookie": remembered.cookie()}
        answer = await browser.get(f"{ROOT}/sw.js")
        assert answer.content == pages.worker_script(on=False)
        assert b"unregister" in answer.content
        assert b"fetch" not in answer.content
        assert "data-worker" not in (await browser.get(ROOT, headers=headers)).text
        assert (await browser.get(OFFLINE, headers=headers)).status_code == 404
        assert (await browser.get(VISIT, headers=headers)).status_code == 303
    finally:
        await off.close()


def test_a_copy_ends_with_the_session_its_idle_life_or_the_visit_whatever_comes_first() -> None:
    visit, now = samples.appointment(), samples.appointment().window.start - timedelta(days=30)

    def until(life_days: float, idle_days: float) -> datetime:
        start = int(now.timestamp())
        lasting = msgspec.structs.replace(
            token(), expires_at=start + int(life_days * DAY), idle_seconds=int(idle_days * DAY)
        )
        return shown_until(lasting, visit, now)

    assert until(60, 60) == visit.window.end
    assert until(10, 60) == now + timedelta(days=10)
    assert until(60, 14) == now + timedelta(days=14)
