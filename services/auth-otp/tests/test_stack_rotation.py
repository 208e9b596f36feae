"""Every key of sign-in is rotated while somebody is signed in and a code is on its way: nobody notices."""

import pytest
from auth_otp.context import Context
from auth_otp.handlers.upkeep import rewrite_old_keys
from auth_otp.service import SERVICE
from chassis.commands.keys_in_use import state_of
from chassis.rotation import count_keys
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring, new_signing_pair

from .sign_in_world import World

pytestmark = pytest.mark.stack
RINGS = ("field_encryption_keys", "blind_index_keys", "code_peppers", "cookie_signing_keys")
OUTLIVED = {"failures.address_index", "code_requests.address_cipher"}
"""What counts for a day, or is sent within minutes."""


def rotated(world: World, *, former: bool) -> dict[str, object]:
    """Settings in which a new key stands first in each ring, with the former ones behind it or without."""
    settings = world.settings
    rings = {name: KeyRing.parse(NEW[name]) for name in RINGS}
    pair = [KeyRing.parse(text) for text in PAIR]
    rings |= {"session_signing_keys": pair[0], "session_public_keys": pair[1]}
    if not former:
        return dict(rings)
    return {
        name: KeyRing(ring.current, {**ring.keys, **getattr(settings, name).keys})
        for name, ring in rings.items()
    }


NEW = {name: new_ring("n1") for name in RINGS}
PAIR = new_signing_pair("n1")


async def states(ctx: Context) -> dict[str, set[str]]:
    """What the keys in use are, by place."""
    assert SERVICE.keyed_columns is not None
    async with ctx.all_tenants() as tx:
        return {
            column.place: {
                state_of(getattr(ctx.settings, column.ring.lower()), use.kid)
                for use in await count_keys(tx, column)
            }
            for column in await SERVICE.keyed_columns(tx)
        }


async def test_nobody_is_thrown_out_by_a_rotation(world: World) -> None:
    inside, waiting = world.browser(), world.browser()
    await world.enter(inside, await world.code_for(inside))
    await world.let_time_pass(world.settings.send_spacing_seconds + 1)
    code = await world.code_for(waiting)

    both = rotated(world, former=True)
    web, worker = world.context("api", **both), world.context("worker", **both)
    moved = world.browser(at=web)
    moved.cookies.update(waiting.cookies)
    assert (await world.enter(moved, code)).headers["location"] == "/portal/sample-business/"
    async with worker.all_tenants() as tx:
        while await rewrite_old_keys(worker, tx):
            pass
    left = {place for place, keys in (await states(worker)).items() if "former" in keys}
    assert left <= OUTLIVED

    kept = world.browser(at=web)
    kept.cookies.update(inside.cookies)
    answer = await kept.post("/auth/sample-business/switch")
    assert answer.headers["location"] == "/portal/sample-business/choose"

    alone = world.context("worker", **rotated(world, former=False))
    missing = {place for place, keys in (await states(alone)).items() if "missing" in keys}
    assert missing <= OUTLIVED
    last = world.browser(at=world.context("api", **{**rotated(world, former=False), **_public(both)}))
    last.cookies.update(moved.cookies)
    answer = await last.post("/auth/sample-business/switch")
    assert answer.headers["location"] == "/portal/sample-business/choose"


def _public(both: dict[str, object]) -> dict[str, object]:
    """The public half of a former pair stays until the last session signed by it has run out."""
    return {"session_public_keys": both["session_public_keys"]}
