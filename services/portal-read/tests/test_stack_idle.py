"""A session that no page used for its idle life is over; pages that are opened keep it alive, 304s too."""

from collections.abc import Mapping
from datetime import timedelta

import httpx
import pytest
from portal_world import ROOT, World

pytestmark = pytest.mark.stack
MARK = "__Host-u-"


def mark_of(answer: httpx.Response) -> str:
    """The mark that an answer sets, as the browser sends it back; "" without one."""
    set_cookies = answer.headers.get_list("set-cookie")
    return next((one.partition(";")[0] for one in set_cookies if one.startswith(MARK)), "")


def remembered(world: World, *, days: int) -> str:
    """The cookie of a session that was begun now, for so many days."""
    return world.cookie(expires_at=int((world.clock.now + timedelta(days=days)).timestamp()))


async def test_a_session_lives_as_long_as_its_pages_are_opened(full: World) -> None:
    cookie, mark = remembered(full, days=40), ""
    for _ in range(3):
        full.clock.pass_time(days=9)
        answer = await full.get(ROOT, f"{cookie}; {mark}")
        assert answer.status_code == 200
        mark = mark_of(answer)
        assert mark
    full.clock.pass_time(days=14)
    assert (await full.get(ROOT, f"{cookie}; {mark}")).status_code == 303


async def test_a_page_that_has_not_changed_marks_the_use_as_well_and_once_an_hour(full: World) -> None:
    cookie = remembered(full, days=30)
    full.clock.pass_time(minutes=61)
    first = await full.get(ROOT, cookie)
    headers: Mapping[str, str] = {"If-None-Match": first.headers["etag"]}
    again = await full.get(ROOT, cookie, headers)
    assert (again.status_code, bool(mark_of(again))) == (304, True)
    assert not mark_of(await full.get(ROOT, f"{cookie}; {mark_of(again)}"))


async def test_a_copied_session_cookie_alone_is_dead_after_its_idle_life(full: World) -> None:
    cookie = remembered(full, days=30)
    full.clock.pass_time(days=14)
    assert (await full.get(ROOT, cookie)).status_code == 303


async def test_a_session_of_a_day_gets_no_mark(full: World) -> None:
    cookie = full.cookie()
    full.clock.pass_time(hours=2)
    assert not mark_of(await full.get(ROOT, cookie))
