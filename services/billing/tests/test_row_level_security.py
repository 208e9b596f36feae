"""What each database role may see and do, asked as the role itself."""

import pytest
from billing.context import Context
from sqlalchemy.exc import DBAPIError

from .billing_world import World

pytestmark = pytest.mark.stack

_SEED = (
    "INSERT INTO businesses VALUES (:b, 1, jsonb_build_object('slug', CAST(:b AS text)))",
    "INSERT INTO business_slugs VALUES (:b, :b, 1)",
    "INSERT INTO customers VALUES (:b, 'cu-1', 1, true, false, '{}')",
    "INSERT INTO invoices VALUES (:b, 'in-1', 1, 'cu-1', '{}')",
    "INSERT INTO checkout_sessions (business_id, payment_id, customer_id, account, request, idempotency_key,"
    " started_at) VALUES (:b, 'pa-1', 'cu-1', 'acct_1', '{}', 'pa-1-1', now())",
    "INSERT INTO claims VALUES (:b, 'pa-1', 'in-1', true)",
    "INSERT INTO accounts VALUES (:b, 'acct_1', now(), now())",
    "INSERT INTO ended_sessions VALUES (:b, 'se-1', 1, now())",
    "INSERT INTO receipt_numbers VALUES (:b, 7)",
    "INSERT INTO receipts VALUES (:b, 'pa-1', 1, 1, 'cu-1', '')",
    "INSERT INTO refund_note_numbers VALUES (:b, 'CN', 7)",
    "INSERT INTO refund_notes VALUES (:b, 're-1', 1, 1, 'cu-1', '')",
    "INSERT INTO vaults VALUES (:b, 'va-1', 'acct_1', 'cu-1', 'co-1', 'cus_1')",
    "INSERT INTO ended_pay_links VALUES (:b, 'invoice', 'in-1', now())",
    "INSERT INTO account_checks (business_id, account, next_check_at) VALUES (:b, 'acct_1', now())",
)
_OWN = (
    "businesses",
    "business_slugs",
    "customers",
    "invoices",
    "checkout_sessions",
    "claims",
    "accounts",
    "ended_sessions",
    "receipt_numbers",
    "receipts",
    "refund_note_numbers",
    "refund_notes",
    "account_checks",
    "vaults",
    "ended_pay_links",
)


@pytest.fixture
async def web(world: World) -> Context:
    """The web role, on a database with the same rows for two businesses."""
    async with world.worker.all_tenants() as tx:
        for statement in _SEED:
            await tx.run_each(statement, [{"b": "b-1"}, {"b": "b-2"}])
    return world.web


@pytest.mark.parametrize("table", _OWN)
async def test_a_web_process_sees_its_tenant_alone(web: Context, table: str) -> None:
    async with web.tenant("b-1") as tx:
        assert await tx.value(f"SELECT array_agg(business_id) FROM {table}", list[str]) == ["b-1"]


@pytest.mark.parametrize("table", _OWN)
async def test_without_a_tenant_a_web_process_sees_nothing(web: Context, table: str) -> None:
    async with web.all_tenants() as tx:
        assert await tx.value(f"SELECT count(*) FROM {table}", int) == 0


async def test_the_slug_directory_is_read_without_a_tenant(web: Context) -> None:
    async with web.all_tenants() as tx:
        owners = "SELECT array_agg(slug || ' of ' || business_id ORDER BY slug) FROM slugs"
        assert await tx.value(owners, list[str]) == ["b-1 of b-1", "b-2 of b-2"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices SET state = NULL",
        "DELETE FROM invoices",
        "INSERT INTO customers VALUES ('b-1', 'cu-2', 1, true, false, '{}')",
        "INSERT INTO business_slugs VALUES ('b-2', 'b-1', 1)",
        "SELECT 1 FROM outbox",
        "SELECT 1 FROM positions",
        "SELECT 1 FROM dead_letters",
        "SELECT 1 FROM webhooks",
        "SELECT event_id FROM webhooks",
        "UPDATE webhooks SET handled_at = now()",
        "DELETE FROM webhooks",
        "DELETE FROM checkout_sessions",
        "DELETE FROM claims",
        "DELETE FROM receipts",
        "DELETE FROM refund_notes",
        "DELETE FROM refund_note_numbers",
        "DELETE FROM vaults",
        "DELETE FROM receipt_numbers",
        "DELETE FROM events",
        "UPDATE events SET actor = 'x'",
        "INSERT INTO ended_sessions VALUES ('b-1', 'se-2', 1, now())",
        "DELETE FROM ended_sessions",
        "TRUNCATE claims",
    ],
)
async def test_a_web_process_may_not(web: Context, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with web.tenant("b-1") as tx:
            await tx.run(statement)


async def test_a_web_process_appends_events_for_its_tenant_alone(web: Context) -> None:
    append = (
        "INSERT INTO events (business_id, stream, version, event_id, type, data, occurred_at, actor)"
        " VALUES (:b, 'payment/p-1', 1, gen_random_uuid(), 't', CAST(:data AS jsonb), now(), 'test')"
    )
    async with web.tenant("b-1") as tx:
        await tx.run(append, b="b-1", data="{}")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with web.tenant("b-1") as tx:
            await tx.run(append, b="b-2", data="{}")


async def test_a_web_process_adds_a_webhook_of_nobody_knows_whom_and_gets_nothing_back(web: Context) -> None:
    add = (
        "INSERT INTO webhooks (event_id, account, payment_id, kind, body, found_by, happened_at)"
        " VALUES ('evt_1', 'acct_1', 'pa-1', 'x', '\\x00', 'webhook', now()) ON CONFLICT DO NOTHING"
    )
    for _ in range(2):
        async with web.all_tenants() as tx:
            await tx.run(add)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with web.all_tenants() as tx:
            await tx.run(f"{add} RETURNING event_id")


_OF_ANOTHER = [
    "INSERT INTO claims VALUES ('b-2', 'pa-2', 'in-2', true)",
    "INSERT INTO accounts VALUES ('b-2', 'acct_2', now(), now())",
    "INSERT INTO checkout_sessions (business_id, payment_id, customer_id, account, request, idempotency_key,"
    " started_at) VALUES ('b-2', 'pa-2', 'cu-1', 'acct_1', '{}', 'pa-2-1', now())",
    "UPDATE claims SET business_id = 'b-2'",
    "UPDATE checkout_sessions SET business_id = 'b-2'",
]


@pytest.mark.parametrize("statement", _OF_ANOTHER)
async def test_a_web_process_writes_no_row_of_another_business(web: Context, statement: str) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with web.tenant("b-1") as tx:
            await tx.run(statement)


@pytest.mark.parametrize("table", ["claims", "checkout_sessions", "accounts"])
async def test_a_web_process_changes_no_row_of_another_business(web: Context, table: str) -> None:
    async with web.tenant("b-1") as tx:
        assert await tx.run(f"UPDATE {table} SET business_id = 'b-1'") == 1


async def test_equal_invoice_ids_of_two_businesses_do_not_get_in_each_others_way(web: Context) -> None:
    for business in ("b-1", "b-2"):
        async with web.tenant(business) as tx:
            taken = "SELECT array_agg(business_id) FROM claims WHERE invoice_id = 'in-1'"
            assert await tx.value(taken, list[str]) == [business]


async def test_an_invoice_is_held_once_and_released_as_often_as_need_be(web: Context) -> None:
    claim = "INSERT INTO claims VALUES ('b-1', :payment, 'in-1', true)"
    with pytest.raises(DBAPIError, match="claims_held"):
        async with web.tenant("b-1") as tx:
            await tx.run(claim, payment="pa-2")
    for payment in ("pa-2", "pa-3"):
        async with web.tenant("b-1") as tx:
            await tx.run("UPDATE claims SET held = false")
            await tx.run(claim, payment=payment)
