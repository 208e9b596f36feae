"""More than fifty coming visits are all reachable and counted."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from opened_pages import NOW, opened, stored
from portal_read import store
from portal_read.http import appointments, dashboard
from portal_read.read_model import StoredRow
from servicehub_events_tools.testing import samples


def visits(number: int) -> list[StoredRow]:
    rows: list[StoredRow] = []
    for day in range(1, number + 1):
        start = NOW + timedelta(days=day)
        end = (start + timedelta(hours=1)).isoformat()
        window = {"start": start.isoformat(), "end": end, "time_zone": "Asia/Tokyo"}
        rows.append(stored(f"v-{day}", samples.appointment(), appointment_id=f"v-{day}", window=window))
    return rows


def test_the_home_page_counts_all_that_come_and_not_those_that_were_read() -> None:
    rows = {"upcoming": visits(51), "upcoming_count": [StoredRow("all", 73, None)]}
    assert "73 coming up" in dashboard.show_dashboard(opened(rows))


def test_where_there_are_more_than_fit_a_link_leads_on_from_the_last_that_is_shown() -> None:
    body = appointments.show_appointments(opened({"upcoming": visits(51)}))
    assert "/appointments/v-50" in body
    assert "/appointments/v-51" not in body
    (link,) = re.findall(r'href="([^"]*[?]after=[^"]*)"', body)
    asked = parse_qs(urlsplit(html.unescape(link)).query)
    assert asked == {"after": [(NOW + timedelta(days=50, hours=1)).isoformat()], "id": ["v-50"]}


def test_a_list_that_fits_leads_nowhere() -> None:
    assert "?after=" not in appointments.show_appointments(
        opened({"upcoming": visits(store.UPCOMING_AT_ONCE)})
    )


def test_a_visit_that_was_called_off_or_is_to_come_is_never_asked_for_as_the_last_one() -> None:
    """The statement's own words: what they find, the stack's tests say."""
    last = next(
        part
        for part in store.DASHBOARD.decode().split("UNION ALL")
        if "'completed'" in part and "'past'" in part
    )
    assert "status = 'completed' AND starts_at <= %(now)s" in last
