"""The statement of account on the real database: its sums, its files, and whose they are."""

import csv
import io
from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace
from portal_world import CUSTOMER, ROOT, World, twin_business
from pypdf import PdfReader
from servicehub_events import (
    Contact,
    CustomerErased,
    CustomerRegistered,
    CustomerRevised,
    InvoiceIssued,
    InvoiceRevised,
    InvoiceSite,
    InvoiceVoided,
    PaymentCaptured,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
PAGE, PDF, CSV = (f"{ROOT}/statement{ending}" for ending in ("", ".pdf", ".csv"))
KEPT = "SELECT count(*) FROM visitor.statements"


async def english(world: World, path: str) -> httpx.Response:
    """What the sample's contact gets who reads English in this browser."""
    return await world.get(path, f"{world.cookie()}; __Host-lang=en")


@pytest.fixture
async def twins(full: World) -> World:
    """A second business with the same ids; a second customer of the first, with two invoices."""
    theirs = {"customer_id": "cu-2"}
    paid = [{"invoice_id": "in-2", "invoice_version": 1, "amount": 15180}]
    await full.apply(
        *twin_business(),
        as_event(CustomerRegistered, samples.customer(), **theirs, display_name="Somebody Else"),
        as_event(InvoiceIssued, samples.invoice(), **theirs, invoice_id="in-2", number="ELSE-1"),
        as_event(
            *(PaymentCaptured, samples.payment()),
            **theirs,
            payment_id="pa-2",
            amount=15180,
            allocations=paid,
            refunds=(),
        ),
        as_event(InvoiceIssued, samples.invoice(), **theirs, invoice_id="in-3", number="ELSE-2"),
    )
    return full


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


async def test_the_page_adds_up_and_ends_with_what_the_list_says_is_owed(full: World) -> None:
    page = (await english(full, PAGE)).text
    # ¥17,560 charged, ¥2,380 in cash, ¥10,000 by card of which ¥500 went back: that lowers the price.
    for amount in ("¥17,560", "−¥2,380", "−¥10,000", "¥500", "−¥500", "¥5,180"):
        assert amount in page
    assert (samples.invoice().total - 500) - (2380 + 10000 - 500) == 5180
    assert "¥5,180" in (await english(full, f"{ROOT}/invoices")).text


@pytest.mark.parametrize("path", [PAGE, PDF, CSV])
async def test_nothing_of_anybody_else_is_in_it(twins: World, path: str) -> None:
    answer = await english(twins, f"{path}?period=this_year")
    assert answer.status_code == 200
    text = text_of(answer.content) if path == PDF else answer.text
    assert samples.invoice().number in text
    for foreign in ("TWIN-1", "ELSE-1", "ELSE-2", "Twin Customer", "Somebody Else"):
        assert foreign not in text
    theirs = path.replace(ROOT, "/portal/twin-business")
    twin = await twins.get(f"{theirs}?period=this_year", twins.cookie(business_id="b-2"))
    assert "TWIN-1" in (text_of(twin.content) if path == PDF else twin.text)
    assert (await twins.get(theirs, twins.cookie())).status_code == 303


@pytest.mark.parametrize("path", [PAGE, PDF, CSV])
async def test_who_is_signed_out_is_led_to_sign_in(full: World, path: str) -> None:
    answer = await full.get(path, "")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{ROOT}/sign-in")


@pytest.mark.parametrize("path", [PAGE, PDF, CSV])
async def test_without_the_role_there_is_none(full: World, path: str) -> None:
    (contact, *others) = samples.customer().contacts
    alone = Contact(contact_id=contact.contact_id, name=contact.name, roles=("visits",))
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=(alone, *others)))
    assert (await english(full, path)).status_code == 404


async def test_a_property_has_its_own_and_one_of_nobody_has_none(full: World) -> None:
    site = samples.customer().sites[0].site_id
    assert "¥17,560" in (await english(full, f"{PAGE}?site={site}")).text
    for foreign in ("s-none", "%00", "x" * 80):
        page = await english(full, f"{PAGE}?site={foreign}")
        assert page.status_code == 200
    assert "¥17,560" not in (await english(full, f"{PAGE}?site=s-none")).text


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-30&to=2026-11-01",
        "from=2026-02-31&to=2026-11-01",
        "from=x&to=y",
        "from=2026-11-01",
        "to=1",
    ],
)
async def test_days_that_make_no_period_are_said_to_be_none_and_nothing_typed_is_lost(
    full: World, query: str
) -> None:
    page = (await english(full, f"{PAGE}?{query}")).text
    assert "These days make no period." in page
    assert f'value="{query.split("&")[0].split("=")[1]}"' in page
    for path in (PDF, CSV):
        answer = await english(full, f"{path}?{query}")
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, PAGE)


async def test_the_csv_holds_each_step_exactly_and_runs_no_formula(full: World) -> None:
    lines = (replace(samples.invoice().lines[0], description='=HYPERLINK("http://x")\n+1'),)
    site = InvoiceSite(label="@SUM(A1)")
    other = {"invoice_id": "in-9", "number": "-9", "currency": "KWD", "recorded_payments": ()}
    await full.apply(as_event(InvoiceIssued, samples.invoice(), **other, lines=lines, site=site))
    answer = await english(full, f"{CSV}?period=this_year")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = rows_of(answer.content)
    dinars = [row for row in rows if row["Currency"] == "KWD"]
    assert dinars[1]["Charged"] == "17.560"
    assert dinars[1]["Invoice"] == "'-9"
    assert dinars[1]["Property"] == "'@SUM(A1)"
    for row in rows:
        texts = [row[name] or "" for name in ("What", "Invoice", "Property", "Note")]
        assert not any(text.startswith(("=", "+", "-", "@")) for text in texts)
    yen = [row for row in rows if row["Currency"] == "JPY"]
    moved = sum(int(row["Charged"] or 0) - int(row["Payments"] or 0) for row in yen[1:-1])
    assert int(yen[0]["Balance"]) + moved == int(yen[-1]["Balance"])
    assert yen[1]["Date"] == "2026-11-20"


async def test_the_paper_is_kept_and_is_another_when_it_says_something_else(full: World) -> None:
    first = await english(full, PDF)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/pdf")
    assert "Statement of account" in text_of(first.content)
    full.clock.now += timedelta(minutes=5)
    await full.caught_up(full.clock.now)
    assert (await english(full, PDF)).content == first.content
    assert await count(full) == 1
    japanese = await full.get(PDF, f"{full.cookie()}; __Host-lang=ja")
    assert "お取引明細書" in text_of(japanese.content)
    await full.apply(as_event(InvoiceVoided, samples.invoice(), status="void"))
    assert (await english(full, PDF)).content != first.content
    assert await count(full) == 3


async def test_a_kept_paper_lies_encrypted_for_its_contact_alone(full: World) -> None:
    await english(full, PDF)
    async with full.worker.all_tenants() as tx:
        stored = await tx.value("SELECT pdf FROM visitor.statements", bytes)
    assert stored
    assert b"%PDF" not in bytes(stored)
    colleague = Contact(contact_id="co-2", name="A Colleague", email="colleague@mail.example")
    contacts = (*samples.customer().contacts, colleague)
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=contacts))
    await full.get(PDF, full.cookie(contact_id="co-2", session_id="se-2"))
    assert await count(full) == 2
    await full.apply(as_event(CustomerRevised, samples.customer(), contacts=(colleague,)))
    assert await count(full) == 1


async def test_nothing_is_left_of_what_an_erased_customer_took(full: World) -> None:
    await english(full, PDF)
    assert await count(full) == 1
    business = samples.business().business_id
    await full.apply(CustomerErased(business_id=business, customer_id=CUSTOMER))
    assert await count(full) == 0


async def test_many_papers_in_an_hour_are_too_many_and_the_page_says_so(full: World) -> None:
    limit = full.settings.statement_files_per_hour
    for _ in range(limit):
        full.web.statement_files.count(f"{samples.BUSINESS}/{CUSTOMER}/{samples.CONTACT}".encode())
    answer = await english(full, f"{PDF}?period=last_year")
    assert answer.status_code == 303
    cookie = f"{full.cookie()}; __Host-lang=en; {answer.headers['set-cookie'].split(';')[0]}"
    page = await full.get(answer.headers["location"], cookie)
    assert "That was many files in a short time." in page.text


async def test_a_revised_invoice_counts_as_it_is_now(full: World) -> None:
    changed = replace(samples.revised_invoice(), invoice_id="in-1")
    await full.apply(as_event(InvoiceRevised, changed, recorded_payments=(), total=changed.total))
    rows = rows_of((await english(full, f"{CSV}?period=this_year")).content)
    assert sum(1 for row in rows if row["Charged"] == str(changed.total)) == 1


async def count(world: World) -> int:
    async with world.worker.all_tenants() as tx:
        return await tx.value(KEPT, int) or 0
