"""`portal customer show` on a database of the read world, as its worker."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from portal_world import BUSINESS, CUSTOMER, World
from servicehub_events import CustomerErased

pytestmark = pytest.mark.stack


async def show(world: World, *words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).parent / "portal"), "customer", "show", *words),
        env=world.environment("worker"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_it_tells_what_the_pages_know_and_who_it_is_only_when_asked(full: World) -> None:
    code, out, err = await show(full, f"{BUSINESS}/{CUSTOMER}", "--json")
    assert (code, err) == (0, "")
    known = json.loads(out)
    assert (known["access"], known["portal_enabled"], known["erased"]) == (True, True, False)
    assert [len(known[kind]) for kind in ("visits", "invoices", "payments", "sessions")] == [1, 1, 1, 1]
    assert "customer@example.com" not in out
    code, out, err = await show(full, f"{BUSINESS}/{CUSTOMER}", "--reveal")
    assert (code, "customer@example.com" in out, "personal data" in err) == (0, True, True)


async def test_an_erased_customer_and_an_unknown_one_are_said_to_be_so(full: World) -> None:
    await full.apply(CustomerErased(business_id=BUSINESS, customer_id=CUSTOMER))
    code, out, _ = await show(full, f"{BUSINESS}/{CUSTOMER}")
    assert (code, "erased" in out) == (0, True)
    code, out, _ = await show(full, f"{BUSINESS}/nobody")
    assert (code, "not known: no event" in out) == (1, True)
    assert (await show(full, "nobody"))[0] == 2
