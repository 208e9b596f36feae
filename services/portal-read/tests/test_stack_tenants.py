"""Two businesses with equal ids everywhere; another's id looks like none; and the database's own wall."""

import asyncio

import pytest
from portal_world import CUSTOMER, ROOT, World, twin_business
from servicehub_events import (
    AppointmentScheduled,
    AutopayAnnounced,
    CustomerRegistered,
    InvoiceIssued,
    MessageSent,
    PaymentCaptured,
    Service,
    as_event,
)
from servicehub_events_tools.testing import samples
from sqlalchemy.exc import ProgrammingError

pytestmark = pytest.mark.stack

TABLES = (
    "businesses",
    "business_slugs",
    "customers",
    "sessions",
    "preferences",
    "appointments",
    "invoices",
    "payments",
    "payment_invoices",
    "autopays",
    "messages",
)


@pytest.fixture
async def twins(full: World) -> World:
    """A second business with the same ids, and a second customer of the first with ids of its own."""
    twin = {"business_id": "b-2"}
    service = Service(name="Twin service")
    other = {"customer_id": "cu-2"}
    await full.apply(
        *twin_business(),
        as_event(AppointmentScheduled, samples.appointment(), **twin, service=service),
        as_event(PaymentCaptured, samples.payment(), **twin),
        as_event(AutopayAnnounced, samples.autopay()),
        as_event(AutopayAnnounced, samples.autopay(), **twin),
        as_event(MessageSent, samples.message(), kind="invoice_issued"),
        as_event(MessageSent, samples.message(), **twin, kind="invoice_issued", sent_to="t…@twin.example"),
        as_event(AppointmentScheduled, samples.appointment(), **twin, appointment_id="ap-twin"),
        as_event(InvoiceIssued, samples.invoice(), **twin, invoice_id="in-twin", number="TWIN-2"),
        as_event(CustomerRegistered, samples.customer(), **other),
        as_event(AppointmentScheduled, samples.appointment(), **other, appointment_id="ap-2", invoice_ids=()),
        as_event(InvoiceIssued, samples.invoice(), **other, invoice_id="in-2", appointment_ids=("ap-1",)),
    )
    return full


async def test_equal_ids_in_two_businesses_show_each_its_own(twins: World) -> None:
    for path in ("", "/appointments/ap-1", "/invoices/in-1", "/appointments", "/invoices", "/history"):
        mine = await twins.get(ROOT + path)
        theirs = await twins.get(f"/portal/twin-business{path}", twins.cookie(business_id="b-2"))
        assert mine.status_code == theirs.status_code == 200
        assert "Twin" not in mine.text
        assert "TWIN-1" not in mine.text
        assert "2026-0001" not in theirs.text


async def test_where_an_invoice_was_sent_is_told_of_ones_own_alone(twins: World) -> None:
    await twins.apply(
        as_event(
            MessageSent, samples.message(), message_id="me-2", customer_id="cu-2", sent_to="x…@other.example"
        ),
        as_event(
            MessageSent, samples.message(), message_id="me-3", customer_id=None, sent_to="y…@code.example"
        ),
    )
    mine = await twins.get(f"{ROOT}/invoices/in-1")
    theirs = await twins.get("/portal/twin-business/invoices/in-1", twins.cookie(business_id="b-2"))
    assert "請求書を送付 h…@example.com" in mine.text or "Sent to h…@example.com" in mine.text
    assert "t…@twin.example" in theirs.text
    for address in ("t…@twin.example", "x…@other.example", "y…@code.example"):
        assert address not in mine.text


@pytest.mark.parametrize("kind", ["appointments", "invoices"])
@pytest.mark.parametrize("foreign", ["{}-2", "{}-twin", "{}-none", "%00", "x" * 80, "..%2f..", "%E3%81%82"])
async def test_anothers_id_gives_the_same_404_as_an_absent_one(twins: World, kind: str, foreign: str) -> None:
    prefix = {"appointments": "ap", "invoices": "in"}[kind]
    absent = await twins.get(f"{ROOT}/{kind}/{prefix}-absent")
    answer = await twins.get(f"{ROOT}/{kind}/{foreign.format(prefix)}")
    assert (absent.status_code, answer.status_code) == (404, 404)
    assert answer.content == absent.content
    assert answer.headers == absent.headers


async def test_one_business_session_is_nobody_at_the_other(twins: World) -> None:
    answer = await twins.get("/portal/twin-business", twins.cookie())
    assert answer.status_code == 303


async def test_pages_of_many_tenants_at_once_over_few_connections_never_mix(twins: World) -> None:
    async def ask(number: int) -> None:
        twin = number % 2 == 1
        path = "/portal/twin-business/invoices/in-1" if twin else f"{ROOT}/invoices/in-1"
        asking = asyncio.ensure_future(twins.get(path, twins.cookie(business_id="b-2") if twin else None))
        if number % 5 == 0:
            await asyncio.sleep(0)
            asking.cancel()
        found = (await asyncio.gather(asking, return_exceptions=True))[0]
        if not isinstance(found, BaseException):
            assert ("TWIN-1" in found.text) is twin

    await asyncio.gather(*(ask(number) for number in range(200)))


async def test_pages_with_invoices_open_beside_the_row_of_an_autopay(twins: World) -> None:
    for page in ("", "/invoices", "/invoices/in-1", "/pay"):
        found = await twins.get(ROOT + page)
        assert found.status_code == 200, page


@pytest.mark.parametrize("table", TABLES)
async def test_the_web_role_sees_one_tenant_or_none(twins: World, table: str) -> None:
    count = f"SELECT count(DISTINCT business_id) FROM projection_1.{table}"
    async with twins.web.all_tenants() as tx:
        assert await tx.value(count, int) == 0
    async with twins.web.tenant("b-2") as tx:
        assert await tx.value(count, int) == (0 if table == "preferences" else 1)
        stolen = f"SELECT count(*) FROM projection_1.{table} WHERE business_id <> 'b-2'"
        assert await tx.value(stolen, int) == 0


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM projection_1.{table}" for table in TABLES),
        "UPDATE projection_1.customers SET version = 1",
        "INSERT INTO projection_1.business_slugs VALUES ('b-2', 'stolen', 1)",
        "SELECT * FROM positions",
        "SELECT * FROM dead_letters",
        "UPDATE active_projection SET name = 'x'",
        "CREATE TABLE mine (x int)",
        f"INSERT INTO visitor.snapshots VALUES ('b-1', '{CUSTOMER}', 'co-1', 1, '')",
    ],
)
async def test_the_web_role_may_not(twins: World, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|row-level security"):
        async with twins.web.tenant("b-2") as tx:
            await tx.run(statement)
