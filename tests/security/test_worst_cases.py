"""The worst that strangers with any number of sources can do: codes grow longer, and nobody is kept out."""

import os
from typing import Final

import httpx
import pytest
from portal_testing.stack import Servers

from tests.security.front_door import FrontDoor

pytestmark = pytest.mark.stack
SOURCES: Final = 10
REQUESTS: Final = 1_200 if os.environ.get("SECURITY_LONG") else 24
VICTIM: Final = "hanako@mail.example"
PEOPLE: Final = [f"person-{number}@mail.example" for number in range(12)]


async def attack(door: FrontDoor, address: str, number: int) -> None:
    """Ask for a code from one of the sources, and guess at it in both lengths."""
    stranger = door.sign_in.browser(f"203.0.113.{number % SOURCES}")
    await door.post(stranger, "codes", address=address)
    for guess in ("000000", "00000000"):
        await door.post(stranger, "sessions", code=guess)


async def is_let_in(door: FrontDoor, browser: httpx.AsyncClient, digits: int, address: str = VICTIM) -> bool:
    """Whether the holder of the mailbox gets in, with a code of so many digits."""
    before = len(door.sign_in.post.codes)
    await door.post(browser, "codes", address=address)
    await door.drain()
    code = door.sign_in.post.codes[-1]
    assert (len(door.sign_in.post.codes) - before, len(code)) == (1, digits)
    return (await door.post(browser, "sessions", code=code)).is_success


async def test_requests_with_made_up_addresses_close_nothing_and_lengthen_no_code(
    servers: Servers,
) -> None:
    async with FrontDoor.open(servers, [VICTIM]) as door:
        for number in range(REQUESTS):
            await attack(door, f"nobody-{number}@mail.example", number)
        await door.drain()
        assert door.sign_in.post.codes == []
        assert await is_let_in(door, door.sign_in.browser(), 6)


async def test_a_sprayed_business_lets_everybody_in_with_eight_digits(servers: Servers) -> None:
    async with FrontDoor.open(servers, [VICTIM, *PEOPLE]) as door:
        known = door.sign_in.browser()
        assert await is_let_in(door, known, 6)
        for number, person in enumerate(PEOPLE):
            await attack(door, person, number)
        await door.drain()
        assert await is_let_in(door, door.sign_in.browser(), 8)
        assert await is_let_in(door, known, 6)


async def test_twelve_requests_keep_nobody_out_until_midnight(servers: Servers) -> None:
    async with FrontDoor.open(servers, [VICTIM], send_spacing_seconds=0) as door:
        for number in range(12):
            await attack(door, VICTIM, number)
        await door.drain()
        newest, victim = door.sign_in.post.codes[-1], door.sign_in.browser()
        await door.post(victim, "codes", address=VICTIM)
        assert len(newest) == 8
        assert (await door.post(victim, "sessions", code=newest)).is_success
