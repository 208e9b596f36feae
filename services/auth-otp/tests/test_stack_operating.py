"""`portal auth`: what happened at sign-in, wrong codes forgotten, sessions ended, as the worker's command."""

import json

import httpx
import pytest
from auth_otp.handlers.upkeep import delete_expired
from servicehub_events import CustomerErased, SessionRevoked

from .sign_in_world import BUSINESS, EMAIL, World

pytestmark = pytest.mark.stack
CUSTOMER = f"{BUSINESS}/cu-1"


async def signed_in(world: World) -> httpx.AsyncClient:
    browser = world.browser()
    code = await world.code_for(browser)
    await world.enter(browser, f"{(int(code) + 1) % 1_000_000:06}")
    await world.enter(browser, code)
    return browser


async def test_the_log_tells_what_happened_and_names_nobody(world: World) -> None:
    browser = await signed_in(world)
    await browser.post("/auth/sample-business/sign-out")
    code, out, err = await world.portal("auth", "log", BUSINESS, "--json")
    assert (code, err) == (0, "")
    entries = [json.loads(line) for line in out.splitlines()]
    assert [entry["kind"] for entry in reversed(entries)] == [
        "code_asked",
        "code_sent",
        "code_wrong",
        "session_started",
        "session_ended",
    ]
    assert {entry["network"] for entry in entries} - {""} != set()
    assert all(network.endswith("/24") for network in {entry["network"] for entry in entries} - {""})
    assert EMAIL not in out
    _, mine, _ = await world.portal("auth", "log", BUSINESS, f" {EMAIL.upper()}", "--json")
    _, others, _ = await world.portal("auth", "log", BUSINESS, "other@example.com", "--json")
    assert (mine, others) == (out, "")


async def test_unlocking_forgets_the_wrong_codes_of_an_address(world: World) -> None:
    browser = world.browser()
    code = await world.code_for(browser)
    await world.enter(browser, f"{(int(code) + 1) % 1_000_000:06}")
    assert (await world.portal("auth", "unlock", BUSINESS, EMAIL))[:2] == (
        0,
        "1 wrong codes are forgotten.\n",
    )
    assert await world.count("failures") == 0
    assert (await world.portal("auth", "unlock", BUSINESS, EMAIL))[:2] == (0, "No wrong code was counted.\n")


async def test_sessions_are_listed_with_an_address_only_when_asked_and_ended_one_by_one(world: World) -> None:
    await signed_in(world)
    code, out, _ = await world.portal("auth", "sessions", "list", CUSTOMER, "--json")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert (code, row["contact"], EMAIL in out) == (0, "co-1", False)
    _, out, err = await world.portal("auth", "sessions", "list", CUSTOMER, "--reveal")
    assert (EMAIL in out, "personal data" in err) == (True, True)
    code, out, _ = await world.portal("auth", "sessions", "end", CUSTOMER, row["session"])
    assert (code, row["session"] in out) == (0, True)
    assert isinstance((await world.session_events())[-1], SessionRevoked)
    assert await world.count("session_ends") == 1
    assert (await world.portal("auth", "sessions", "end", CUSTOMER, "--all"))[:2] == (
        0,
        "Nobody is signed in.\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("log", "b-l"), "did you mean b-2 or b-1"),
        (("log", BUSINESS, "nobody"), "neither an email address nor a phone number"),
        (("sessions", "list", "cu-1"), "BUSINESS/CUSTOMER"),
        (("sessions", "list", f"{BUSINESS}/cu-l"), "did you mean cu-1"),
        (("sessions", "end", CUSTOMER, "nothing"), "there is no session nothing"),
        (("sessions", "end", CUSTOMER), "name one session, or say --all"),
    ],
)
async def test_a_name_that_nothing_has_is_refused(world: World, words: tuple[str, ...], said: str) -> None:
    code, _, err = await world.portal("auth", *words)
    assert (code, said in " ".join(err.replace("│", " ").split())) == (2, True), err


async def test_nothing_of_an_erased_customer_is_left_in_the_log(world: World) -> None:
    await signed_in(world)
    await world.apply(CustomerErased(business_id=BUSINESS, customer_id="cu-1"))
    assert await world.count("sign_in_log") == 0


async def test_entries_are_deleted_when_they_are_old(world: World) -> None:
    await signed_in(world)
    await world.run(
        "INSERT INTO sign_in_log (business_id, at, kind, address_index, network, detail)"
        " VALUES ('b-1', now() - interval '15 days', 'code_asked', 'k1.x', '', '')"
    )
    before = await world.count("sign_in_log")
    async with world.worker.all_tenants() as tx:
        await delete_expired(world.worker, tx)
    assert await world.count("sign_in_log") == before - 1
