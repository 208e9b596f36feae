"""The page and the JSON API."""

import re

import httpx
import pytest
from servicehub_events import Appointment, Invoice
from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.core import AccountAnswer, Core

from .fakes import FakeAccounts, FakePublisher


async def test_the_api_lists_both_businesses(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/businesses")).json()["businesses"]
    assert [business["slug"] for business in listed] == ["sparkle-home", "hikari-seisou"]
    assert listed[0]["sign_in_url"] == "http://localhost:8080/portal/sparkle-home/sign-in"
    assert all(business["enabled"] for business in listed)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (AccountAnswer("Customers can pay online.", "acct_sparkle", "ready"), "Customers can pay online."),
        (AccountAnswer("Correct stripe_account.", "acct_typo", "missing"), "Correct stripe_account."),
        (AccountAnswer("Nothing can be paid online."), "Nothing can be paid online."),
        (None, "Billing does not say."),
    ],
)
async def test_the_page_of_a_business_says_whether_its_account_takes_payments(
    client: httpx.AsyncClient, accounts: FakeAccounts, answer: AccountAnswer | None, shown: str
) -> None:
    accounts.answer = answer
    page = (await client.get("/businesses/biz-sparkle")).text
    assert shown in page
    assert ("acct_typo" in page) == (answer is not None and answer.stripe_account == "acct_typo")


async def test_the_api_gives_the_whole_state_by_id_or_slug(client: httpx.AsyncClient) -> None:
    by_id = (await client.get("/api/businesses/biz-hikari")).json()
    assert by_id == (await client.get("/api/businesses/hikari-seisou")).json()
    assert by_id["customers"][0]["display_name"] == "高橋 由美"
    assert {row["version"] for row in by_id["invoices"]} == {1}


async def test_the_api_acts_and_says_what_was_published(
    client: httpx.AsyncClient, publisher: FakePublisher
) -> None:
    answer = await client.post(
        "/api/businesses/biz-sparkle/cash", json={"invoice_id": "inv-1042", "amount": 500}
    )
    assert answer.status_code == 200
    [line] = answer.json()["published"]
    assert (line["type"], line["id"], line["version"]) == ("InvoiceRevised", "inv-1042", 2)
    assert line["topic"] == "servicehub.invoices.v1"
    assert len(publisher.sent) == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/api/businesses/biz-sparkle/cash", b"{", 422, "JSON"),
        ("/api/businesses/biz-sparkle/cash", b"[]", 422, "JSON"),
        ("/api/businesses/biz-sparkle/cash", b'{"invoice_id": "inv-1042", "amount": "5"}', 422, "amount"),
        ("/api/businesses/biz-sparkle/cash", b'{"invoice_id": "inv-9"}', 404, "inv-9"),
        ("/api/businesses/biz-sparkle/dance", b"{}", 404, "reschedule"),
        ("/api/businesses/nobody/cash", b"{}", 404, "biz-sparkle"),
    ],
)
async def test_the_api_explains_what_is_wrong(
    client: httpx.AsyncClient, path: str, body: bytes, status: int, words: str
) -> None:
    answer = await client.post(path, content=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


async def test_it_is_ready_only_after_seeding(fresh: Core, app_client: httpx.AsyncClient) -> None:
    assert (await app_client.get("/health/live")).status_code == 200
    assert (await app_client.get("/health/ready")).status_code == 503
    assert (await app_client.get("/")).status_code == 200
    refused = await app_client.post("/api/businesses/biz-sparkle/portal", json={"enabled": True})
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    fresh.ready.set()
    assert (await app_client.get("/health/ready")).status_code == 200


async def test_a_form_takes_effect_and_the_page_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/businesses/biz-sparkle/reschedule",
        data={"appointment_id": "v-2012", "start": "2026-12-01T09:00"},
        follow_redirects=True,
    )
    assert answer.status_code == 200
    notice = r"Published AppointmentRescheduled v-2012 v2 → servicehub\.appointments\.v1\[\d+\]"
    assert re.search(notice, answer.text)
    assert "Tue 1 Dec 09:00–11:00" in answer.text


async def test_money_in_a_form_is_in_major_units(client: httpx.AsyncClient, core: Core) -> None:
    line = {"customer_id": "c-1001", "description": "Ironing", "unit_price": "$1,012.50", "tax_rate": "0"}
    await client.post("/businesses/biz-sparkle/invoice", data=line)
    assert core.desk("biz-sparkle").find(Invoice, "inv-1049").total == 101_250
    await client.post("/businesses/biz-hikari/invoice", data={**line, "unit_price": "¥5,000"})
    assert core.desk("biz-hikari").find(Invoice, "inv-1049").total == 5_000
    refused = await client.post("/businesses/biz-hikari/invoice", data={**line, "unit_price": "5.5"})
    assert refused.status_code == 422
    assert "JPY has 0 decimals" in refused.text


async def test_unchecking_everybody_assigns_nobody(client: httpx.AsyncClient, core: Core) -> None:
    await client.post(
        "/businesses/biz-sparkle/staff", data={"appointment_id": "v-2012", "staff_ids": ["", "s-2"]}
    )
    assert [member.staff_id for member in core.desk("biz-sparkle").find(Appointment, "v-2012").staff] == [
        "s-2"
    ]
    await client.post("/businesses/biz-sparkle/staff", data={"appointment_id": "v-2012", "staff_ids": [""]})
    assert core.desk("biz-sparkle").find(Appointment, "v-2012").staff == ()


async def test_what_people_type_is_escaped(client: httpx.AsyncClient) -> None:
    await client.post("/businesses/biz-sparkle/register", data={"display_name": "<script>alert(1)</script>"})
    page = (await client.get("/businesses/biz-sparkle")).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


async def test_the_page_has_a_form_for_every_action(client: httpx.AsyncClient) -> None:
    page = (await client.get("/businesses/biz-hikari")).text
    assert set(re.findall(r'action="/businesses/biz-hikari/([a-z-]+)"', page)) == ACTIONS.keys() - {
        "answer"  # which stands beside a request
    }
    assert "http://localhost:8080/portal/hikari-seisou/sign-in" in page
    assert "ひかり清掃" in (await client.get("/")).text


async def test_a_foreign_page_may_not_post(client: httpx.AsyncClient, publisher: FakePublisher) -> None:
    answer = await client.post(
        "/api/businesses/biz-sparkle/erase",
        json={"customer_id": "c-1001"},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    rebound = await client.get("/api/businesses", headers={"Host": "evil.example"})
    assert rebound.status_code == 403
    assert publisher.sent == []
