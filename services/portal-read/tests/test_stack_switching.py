"""What is refused, and what each refusal tells the operator to do."""

from hashlib import sha256

import pytest
from portal_read.projection import names
from portal_read.projection import switch as switching
from portal_read.projection.compare import compare, find_positions
from portal_read.projection.projector import SCHEMA_IS_MISSING
from portal_read.projection.register import (
    CommandRefused,
    list_followed,
    list_projections,
    mark_followed,
)
from portal_read.projection.tables import tables
from portal_testing.envelopes import envelope_of
from portal_world import World
from servicehub_events import AppointmentScheduled, CustomerRegistered, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
BLUE, GREEN = names.FIRST, "projection_2"
_COPY = (
    "INSERT INTO positions SELECT consumer || '.projection_2', topic, partition, next_offset, caught_up_at"
    " FROM positions"
)


async def filled(world: World, *, fresh: bool = True) -> None:
    """Green, at the same place in the log as blue."""
    async with world.as_owner() as tx:
        await switching.begin(tx)
        await tx.run(_COPY)
        at = "now()" if fresh else "now() - interval '1 minute'"
        await tx.run(f"UPDATE positions SET caught_up_at = {at}")
        await mark_followed(tx, GREEN)


async def refused(world: World, *, switch: str = "", drop: str = "", begin: str = "") -> str:
    with pytest.raises(CommandRefused) as error:
        if switch:
            await switching.check(world.worker.database, switch, world.cipher, within=0)
        async with world.as_owner() as tx:
            if drop:
                await switching.drop(tx, drop)
            if begin:
                await switching.begin(tx, begin)
    return str(error.value)


async def test_the_first_projection_is_shown_and_followed(world: World) -> None:
    async with world.as_owner() as tx:
        (only,) = await list_projections(tx)
    assert (only.name, only.active, only.followed) == (BLUE, True, True)
    assert only.schema_version == names.SCHEMA_VERSION


async def test_half_a_projection_is_never_shown(world: World) -> None:
    async with world.as_owner() as tx:
        assert (await switching.begin(tx)).name == GREEN
    assert "rebuild --schema projection_2" in await refused(world, switch=GREEN)


async def test_one_that_was_broken_off_is_taken_up_again(world: World) -> None:
    for _ in range(2):
        async with world.as_owner() as tx:
            assert (await switching.begin(tx)).name == GREEN


async def test_one_that_lags_is_shown_only_by_force(world: World) -> None:
    await filled(world, fresh=False)
    assert "--force" in await refused(world, switch=GREEN)
    async with world.as_owner() as tx:
        assert (await switching.switch(tx, GREEN)).name == BLUE


async def test_what_is_shown_is_never_dropped(world: World) -> None:
    assert "Switch to another one first" in await refused(world, drop=BLUE)


async def test_unknown_and_bad_names_are_told_what_there_is(world: World) -> None:
    assert "There are: projection_1" in await refused(world, switch="projection_9")
    assert "beginning with a letter" in await refused(world, begin="1; DROP SCHEMA")
    assert "its use" in await refused(world, begin="visitor")


async def test_a_complete_one_is_not_filled_again(world: World) -> None:
    await filled(world)
    assert "is complete" in await refused(world, begin=GREEN)
    async with world.as_owner() as tx:
        assert (await switching.begin(tx)).name == "projection_3"


async def test_a_projection_of_another_version_is_left_alone(world: World) -> None:
    await filled(world)
    async with world.as_owner() as tx:
        await tx.run("UPDATE projections SET schema_version = schema_version + 1 WHERE name = 'projection_2'")
        assert await list_followed(tx) == {BLUE}
    assert "schema version" in await refused(world, switch=GREEN)
    with pytest.raises(CommandRefused, match="rows differ anyway"):
        await compare(world.worker.database, BLUE, GREEN, world.cipher, within=0)


async def test_after_a_switch_pages_come_from_the_other_one(world: World) -> None:
    await filled(world)
    for name in (GREEN, BLUE):
        await switching.check(world.worker.database, name, world.cipher, within=0)
        async with world.as_owner() as tx:
            await switching.switch(tx, name)
        await world.web.freshness.read()
        assert await world.web.read_model.schema() == name


async def test_verify_names_the_rows_that_differ(world: World) -> None:
    await filled(world)
    both = world.envelope(as_event(CustomerRegistered, samples.customer()))
    await world.apply(both, as_event(AppointmentScheduled, samples.appointment()))
    async with world.worker.all_tenants() as tx:
        await world.projector(GREEN).apply(tx, [both])
    found = await compare(world.worker.database, BLUE, GREEN, world.cipher, within=0)
    assert found is not None
    assert [(each.table, each.keys) for each in found if not each.equal] == [
        ("appointments", [f"{samples.BUSINESS}/ap-1"])
    ]


async def test_what_verify_finds_is_not_switched_to(world: World) -> None:
    await filled(world)
    async with world.worker.all_tenants() as tx:
        await world.projector(GREEN).apply(
            tx, [world.envelope(as_event(CustomerRegistered, samples.customer()))]
        )
    assert f"customers ({samples.BUSINESS}/" in await refused(world, switch=GREEN)


async def test_different_places_in_the_log_are_not_compared(world: World) -> None:
    await filled(world)
    async with world.as_owner() as tx:
        await tx.run("UPDATE positions SET next_offset = 7 WHERE consumer LIKE '%_2'")
    assert await compare(world.worker.database, BLUE, GREEN, world.cipher, within=0) is None


async def test_a_dropped_projection_says_that_it_is_missing(world: World) -> None:
    await filled(world)
    async with world.as_owner() as tx:
        await switching.drop(tx, GREEN)
    with pytest.raises(SCHEMA_IS_MISSING):
        async with world.worker.all_tenants() as tx:
            event = envelope_of(as_event(CustomerRegistered, samples.customer()), 1)
            await world.projector(GREEN).apply(tx, [event])
    async with world.as_owner() as tx:
        assert await find_positions(tx, GREEN) == {}


def test_whoever_changes_the_tables_raises_the_schema_version() -> None:
    columns = [f"{column} {column.type}" for table in tables("s").all() for column in table.columns]
    assert (names.SCHEMA_VERSION, sha256("\n".join(columns).encode()).hexdigest()[:16]) == (
        5,
        "8cd322fef8c8255d",
    )
