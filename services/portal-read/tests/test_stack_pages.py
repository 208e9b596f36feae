"""Pages for signed-in contacts, on the real database as the real roles."""

import html
import re
from datetime import timedelta

import httpx
import pytest
from chassis.web import cookies
from portal_world import BUSINESS, ROOT, SLUG, World
from servicehub_events import (
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentScheduled,
    Contact,
    CustomerRevised,
    InvoiceVoided,
    PaymentCaptured,
    Window,
    as_event,
)
from servicehub_events_tools.testing import samples
from starlette.responses import Response

pytestmark = pytest.mark.stack

PAGES = (
    ROOT,
    f"{ROOT}/appointments",
    f"{ROOT}/appointments/ap-1",
    f"{ROOT}/invoices",
    f"{ROOT}/invoices/in-1",
    f"{ROOT}/history",
    f"{ROOT}/statement",
)


@pytest.mark.parametrize("path", [*PAGES, f"{ROOT}/settings"])
async def test_a_signed_in_contact_sees_the_page(full: World, path: str) -> None:
    answer = await full.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("path", PAGES)
async def test_an_unchanged_page_is_answered_304_until_a_row_it_shows_changes(full: World, path: str) -> None:
    first = await full.get(path)
    again = await full.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    await full.apply(as_event(CustomerRevised, samples.customer(), display_name="Another Name"))
    changed = await full.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_the_page_says_what_it_read(full: World) -> None:
    page = (await full.get(ROOT)).text
    assert "Sample Staff" in page
    assert "House cleaning" in page


async def test_a_payment_changes_the_invoice(full: World) -> None:
    paid = {"amount": 15180, "allocations": [{"invoice_id": "in-1", "invoice_version": 1, "amount": 15180}]}
    before = await full.get(f"{ROOT}/invoices/in-1")
    await full.apply(as_event(PaymentCaptured, samples.payment(), payment_id="pa-2", refunds=(), **paid))
    after = await full.get(f"{ROOT}/invoices/in-1")
    assert before.headers["etag"] != after.headers["etag"]
    assert before.text != after.text


async def test_midnight_and_the_end_of_a_visit_change_the_page(full: World) -> None:
    tags: list[str] = []
    start = samples.appointment().window.start
    for moment in (full.clock.now, start - timedelta(minutes=1), start, start + timedelta(hours=2)):
        full.clock.now = moment
        tags.append((await full.get(f"{ROOT}/appointments/ap-1")).headers["etag"])
    assert len(set(tags)) == len(tags)


async def test_a_page_that_is_only_confirmed_keeps_its_etag_and_a_stale_one_does_not(full: World) -> None:
    first = (await full.get(ROOT)).headers["etag"]
    full.clock.pass_time(seconds=5)
    assert (await full.get(ROOT)).headers["etag"] == first
    full.clock.pass_time(seconds=6)
    assert (await full.get(ROOT)).headers["etag"] != first


@pytest.mark.parametrize("at", [None, timedelta(seconds=11)])
async def test_a_page_says_when_it_may_be_out_of_date(full: World, at: timedelta | None) -> None:
    cookie = {"Cookie": f"{full.cookie()}; __Host-lang=en"}
    stale = "This may be out of date."
    assert stale not in (await full.get(f"{ROOT}/appointments", headers=cookie)).text
    await full.caught_up(full.clock.now - at if at else None)
    assert stale in (await full.get(f"{ROOT}/appointments", headers=cookie)).text


async def test_a_head_request_is_answered_like_a_get(full: World) -> None:
    got = await full.get(ROOT)
    head = await full.browser().head(ROOT, headers={"Cookie": full.cookie()})
    assert (head.status_code, head.headers["etag"]) == (200, got.headers["etag"])


@pytest.mark.parametrize(
    "query", ["before=yesterday", "before=2026-11-25T00:00:00Z&id=%00", "before=2026-11-25&id=x"]
)
async def test_a_strange_place_in_a_list_is_no_error(full: World, query: str) -> None:
    for page in ("appointments", "invoices"):
        assert (await full.get(f"{ROOT}/{page}?{query}")).status_code == 200


async def test_lists_can_be_walked_to_their_end(full: World) -> None:
    """45 finished visits and settled invoices, two of each at the same moment."""
    day = samples.appointment().window.start
    for number in range(45):
        start = day - timedelta(days=2 + number // 2)
        window = Window(start=start, end=start + timedelta(hours=1), time_zone="Asia/Tokyo")
        done = as_event(
            AppointmentCompleted,
            samples.completed_appointment(),
            appointment_id=f"old-{number}",
            window=window,
        )
        issued = {"invoice_id": f"old-{number}", "issued_on": start.date(), "status": "void"}
        await full.apply(done, as_event(InvoiceVoided, samples.invoice(), **issued))
    for kind in ("appointments", "invoices"):
        seen: list[str] = []
        path: str | None = f"{ROOT}/{kind}"
        while path:
            page = (await full.get(path)).text
            seen += dict.fromkeys(re.findall(rf"{ROOT}/{kind}/(old-\d+)", page))
            more = re.search(r'href="([^"]*\?before=[^"]*)"', page)
            path = str(httpx.URL(f"{ROOT}/{kind}").join(html.unescape(more[1]))) if more else None
        assert sorted(seen) == sorted(f"old-{number}" for number in range(45))


async def test_every_coming_visit_is_counted_and_can_be_walked_to_and_back(full: World) -> None:
    for number in range(210):
        start = full.clock.now + timedelta(days=3 + number // 2)
        window = Window(start=start, end=start + timedelta(hours=1), time_zone="Asia/Tokyo")
        changes = {"appointment_id": f"next-{number}", "window": window}
        await full.apply(as_event(AppointmentScheduled, samples.appointment(), **changes))
    cookie = f"{full.cookie()}; __Host-lang=en"
    assert "211 coming up" in (await full.get(ROOT, cookie)).text
    first = (await full.get(f"{ROOT}/appointments", cookie)).text
    second = (await full.get(_link(first, "after"), cookie)).text
    seen = set(re.findall(rf"{ROOT}/appointments/(next-\d+)", first + second))
    assert seen == {f"next-{number}" for number in range(210)}
    assert "?after=" not in second
    back = (await full.get(_link(second, "until"), cookie)).text
    assert set(re.findall(rf"{ROOT}/appointments/([-a-z0-9]+)", back)) == set(
        re.findall(rf"{ROOT}/appointments/([-a-z0-9]+)", first)
    )


async def test_the_past_can_be_walked_back_again_and_searched(full: World) -> None:
    day = samples.appointment().window.start
    for number in range(45):
        start = day - timedelta(days=2 + number // 2)
        window = Window(start=start, end=start + timedelta(hours=1), time_zone="Asia/Tokyo")
        changes = {"appointment_id": f"old-{number}", "window": window, "purchase_order": f"PO-{number}"}
        await full.apply(as_event(AppointmentCompleted, samples.completed_appointment(), **changes))
    cookie = f"{full.cookie()}; __Host-lang=en"
    second = (
        await full.get(_link((await full.get(f"{ROOT}/appointments", cookie)).text, "before"), cookie)
    ).text
    third = (await full.get(_link(second, "before"), cookie)).text
    assert (await full.get(_link(third, "since"), cookie)).text.count("old-") == second.count("old-")
    for query in ("q=PO-31", "q=po-31&year=2026"):
        found = (await full.get(f"{ROOT}/appointments?{query}", cookie)).text
        assert set(re.findall(rf"{ROOT}/appointments/(old-\d+)", found)) == {"old-31"}


@pytest.mark.parametrize(
    "query", ["q=IN-1", "state=to_pay", "state=paid&year=2025", "q=x&before=2026-11-25&id=y"]
)
async def test_invoices_are_searched(full: World, query: str) -> None:
    assert (await full.get(f"{ROOT}/invoices?{query}")).status_code == 200


async def test_a_browser_that_chose_an_account_sees_which_and_never_a_304_of_before(full: World) -> None:
    first = await full.get(ROOT)
    several, answer = cookies.several_accounts(full.settings.cookie_signing_keys, BUSINESS), Response()
    several.put(answer, {})
    cookie = f"{full.cookie()}; {answer.headers['set-cookie'].split(';')[0]}"
    named = await full.get(ROOT, cookie, {"If-None-Match": first.headers["etag"]})
    assert f'action="/auth/{SLUG}/switch"' in named.text
    assert f'action="/auth/{SLUG}/switch"' not in first.text


async def test_who_chose_nothing_to_pay_is_led_back_to_choose(full: World) -> None:
    answer = await full.get(f"{ROOT}/pay?pick=own")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/invoices?pick=own")


def _link(page: str, name: str) -> str:
    found = re.search(rf'href="([^"]*[?]{name}=[^"]*)"', page)
    assert found
    return html.unescape(found[1])


async def test_the_last_visit_is_one_that_took_place(full: World) -> None:
    done = samples.completed_appointment()
    before = full.clock.now - timedelta(days=9)
    window = Window(start=before, end=before + timedelta(hours=1), time_zone="Asia/Tokyo")
    await full.apply(
        as_event(AppointmentCancelled, samples.appointment(), status="cancelled"),
        as_event(AppointmentCompleted, done, appointment_id="done", window=window),
    )
    page = (await full.get(ROOT, f"{full.cookie()}; __Host-lang=en")).text
    assert f'Last visit: <a href="{ROOT}/appointments/done">' in page


async def test_the_language_switch_wins_over_the_contacts_language_in_its_browser(full: World) -> None:
    own = (await full.get(ROOT)).text
    spoken, other = ("ja", "en") if '<html lang="ja"' in own else ("en", "ja")
    assert f'<html lang="{spoken}"' in own
    switched = await full.get(ROOT, f"{full.cookie()}; __Host-lang={other}", {"Accept-Language": spoken})
    assert f'<html lang="{other}"' in switched.text


@pytest.mark.parametrize("path", [ROOT, f"{ROOT}/invoices", f"{ROOT}/invoices/in-1"])
async def test_one_contact_is_never_answered_304_for_a_page_of_another(full: World, path: str) -> None:
    other = Contact(contact_id="k-other", name="Other Contact", email="other@example.com", roles=("visits",))
    both = (*samples.customer().contacts, other)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=both))
    first = await full.get(path)
    cookie = full.cookie(contact_id="k-other", session_id="s-of-the-other")
    second = await full.get(path, cookie, {"If-None-Match": first.headers["etag"]})
    assert (first.status_code, second.status_code) == (200, 200 if path == ROOT else 404)
    assert first.headers["etag"] != second.headers.get("etag")
