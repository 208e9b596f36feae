"""Webhooks over HTTP: 2xx only after the row is there; kept unreadable; read by the worker alone."""

import json

import pytest
from billing.store.webhooks import CHANNEL
from chassis.settings.base import Secret

from .billing_world import World, invoice
from .portal_browser import Browser, problem
from .postings import PAYER_EMAIL, posting, signature

pytestmark = pytest.mark.stack
HOOK = "/billing/webhooks/stripe"


async def post(browser: Browser, body: bytes, **headers: str) -> tuple[int, str]:
    """Status and body of the answer."""
    signed = {"stripe-signature": signature(body, browser.world.clock.now), **headers}
    answer = await browser.http.post(HOOK, content=body, headers=signed)
    return answer.status_code, answer.text


async def test_a_webhook_is_answered_after_it_is_stored(browser: Browser) -> None:
    assert await post(browser, posting("pa-1")) == (200, '{"received":true}')
    assert await browser.world.rows("SELECT event_id, payment_id, outcome FROM webhooks") == [
        ("evt_1", "pa-1", None)
    ]


async def test_the_same_webhook_again_is_answered_alike(browser: Browser) -> None:
    body = posting("pa-1")
    assert await post(browser, body) == await post(browser, body)
    assert len(await browser.world.rows("SELECT 1 FROM webhooks")) == 1


async def test_without_a_row_there_is_no_2xx(browser: Browser) -> None:
    async with browser.world.as_owner() as tx:
        await tx.run("ALTER TABLE webhooks RENAME TO lost")
    status, _ = await post(browser, posting("pa-1"))
    assert status >= 500


async def test_a_database_that_is_away_is_no_2xx(world: World) -> None:
    nowhere = Secret("postgresql://u:p@127.0.0.1:1/billing")
    browser = Browser(world, at=world.context("api", database_url=nowhere))
    assert (await post(browser, posting("pa-1")))[0] == 503
    await browser.http.aclose()


@pytest.mark.parametrize("headers", [{}, {"stripe-signature": ""}, {"stripe-signature": "t=1,v1=00"}])
async def test_an_unsigned_webhook_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    answer = await browser.http.post(HOOK, content=posting("pa-1"), headers=headers)
    assert problem(answer) == (400, "bad_signature")
    assert await browser.world.rows("SELECT 1 FROM webhooks") == []


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_webhook_of_another_time_is_refused(browser: Browser, seconds: int) -> None:
    body = posting("pa-1")
    signed = signature(body, browser.world.clock.now)
    browser.world.clock.pass_time(seconds=seconds)
    answer = await browser.http.post(HOOK, content=body, headers={"stripe-signature": signed})
    assert problem(answer) == (400, "bad_signature")


async def test_a_webhook_of_a_megabyte_is_refused_before_it_is_read(browser: Browser) -> None:
    answer = await browser.http.post(HOOK, content=b"x" * 1_048_577)
    assert problem(answer) == (413, "body_too_large")


async def test_a_webhook_of_the_other_mode_is_thanked_for_and_dropped(browser: Browser) -> None:
    assert (await post(browser, posting("pa-1", livemode=True)))[0] == 200
    assert await browser.world.rows("SELECT 1 FROM webhooks") == []


@pytest.mark.parametrize(
    ("event_id", "account"), [("evt_\x00", "acct_1"), ("evt_\ud800", "acct_1"), ("evt_1", "acct_\x00")]
)
async def test_what_is_no_id_of_stripes_is_refused(browser: Browser, event_id: str, account: str) -> None:
    status, text = await post(browser, posting("pa-1", event_id, account=account))
    assert (status, json.loads(text)["code"]) == (400, "bad_signature")
    assert await browser.world.rows("SELECT 1 FROM webhooks") == []


@pytest.mark.parametrize("written", ["pa-\x00", "x" * 200])
async def test_what_an_account_writes_into_sessions_of_its_own_is_no_payment(
    browser: Browser, written: str
) -> None:
    assert (await post(browser, posting(written)))[0] == 200
    assert await browser.world.rows("SELECT payment_id FROM webhooks") == [("",)]


async def test_a_dump_of_the_database_names_no_payer(browser: Browser) -> None:
    world = browser.world
    await world.know(invoice("in-1"))
    payment = await world.started("in-1")
    world.processor.pay("cs_1")
    await post(browser, posting(payment.payment_id))
    await world.work()
    dump = ""
    for table in ("webhooks", "events", "outbox", "checkout_sessions", "claims", "accounts"):
        rows = await world.rows(f"SELECT to_jsonb(t)::text FROM {table} t")
        assert rows, table
        dump += "".join(str(row) for (row,) in rows)
    for secret in (PAYER_EMAIL, PAYER_EMAIL.encode().hex(), "Sample Payer", b"Sample Payer".hex()):
        assert secret not in dump
    assert "evt_1" in dump


async def test_the_worker_is_woken_by_a_webhook(browser: Browser) -> None:
    async with await browser.world.worker.database.session() as listening:
        await listening.execute(f"LISTEN {CHANNEL}".encode())
        await post(browser, posting("pa-1"))
        heard = [notify.channel async for notify in listening.notifies(timeout=5, stop_after=1)]
    assert heard == [CHANNEL]
