"""What is refused, and what each refusal tells the operator to do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest
from chassis.database import Database, Transaction
from chassis.settings.base import Secret
from portal_read.projection import names
from portal_read.projection import switch as switching
from portal_read.projection.compare import compare, find_positions
from portal_read.projection.projector import SCHEMA_IS_MISSING, Projector
from portal_read.projection.register import (
    CommandRefused,
    list_followed,
    list_projections,
    mark_followed,
)
from portal_read.projection.tables import tables
from read_side import ReadSide, envelope
from servicehub_events import AppointmentScheduled, CustomerRegistered, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
BLUE, GREEN = names.FIRST, "projection_2"
_COPY = (
    "INSERT INTO positions SELECT consumer || '.projection_2', topic, partition, next_offset, caught_up_at"
    " FROM positions"
)


@pytest.fixture
async def owner(side: ReadSide):
    database = Database(Secret(side.urls.owner))
    yield database
    await database.close()


@asynccontextmanager
async def transaction(database: Database) -> AsyncGenerator[Transaction]:
    async with database.transaction() as connection:
        yield Transaction(connection)


async def filled(owner: Database, *, fresh: bool = True) -> None:
    """Green, at the same place in the log as blue."""
    async with transaction(owner) as tx:
        await switching.begin(tx)
        await tx.run(_COPY)
        at = "now()" if fresh else "now() - interval '1 minute'"
        await tx.run(f"UPDATE positions SET caught_up_at = {at}")
        await mark_followed(tx, GREEN)


async def refused(owner: Database, *, switch: str = "", drop: str = "", begin: str = "") -> str:
    with pytest.raises(CommandRefused) as error:
        async with transaction(owner) as tx:
            if switch:
                await switching.switch(tx, switch)
            if drop:
                await switching.drop(tx, drop)
            if begin:
                await switching.begin(tx, begin)
    return str(error.value)


async def test_the_first_projection_is_shown_and_followed(owner: Database) -> None:
    async with transaction(owner) as tx:
        (only,) = await list_projections(tx)
    assert (only.name, only.active, only.followed) == (BLUE, True, True)
    assert only.schema_version == names.SCHEMA_VERSION


async def test_half_a_projection_is_never_shown(owner: Database) -> None:
    async with transaction(owner) as tx:
        assert (await switching.begin(tx)).name == GREEN
    assert "rebuild --schema projection_2" in await refused(owner, switch=GREEN)


async def test_one_that_was_broken_off_is_taken_up_again(owner: Database) -> None:
    for _ in range(2):
        async with transaction(owner) as tx:
            assert (await switching.begin(tx)).name == GREEN


async def test_one_that_lags_is_shown_only_by_force(owner: Database) -> None:
    await filled(owner, fresh=False)
    assert "--force" in await refused(owner, switch=GREEN)
    async with transaction(owner) as tx:
        assert (await switching.switch(tx, GREEN, force=True)).name == BLUE


async def test_what_is_shown_is_never_dropped(owner: Database) -> None:
    assert "Switch to another one first" in await refused(owner, drop=BLUE)


async def test_unknown_and_bad_names_are_told_what_there_is(owner: Database) -> None:
    assert "There are: projection_1" in await refused(owner, switch="projection_9")
    assert "beginning with a letter" in await refused(owner, begin="1; DROP SCHEMA")
    assert "its use" in await refused(owner, begin="visitor")


async def test_a_complete_one_is_not_filled_again(owner: Database) -> None:
    await filled(owner)
    assert "is complete" in await refused(owner, begin=GREEN)
    async with transaction(owner) as tx:
        assert (await switching.begin(tx)).name == "projection_3"


async def test_a_projection_of_another_version_is_left_alone(owner: Database, side: ReadSide) -> None:
    await filled(owner)
    async with transaction(owner) as tx:
        await tx.run("UPDATE projections SET schema_version = schema_version + 1 WHERE name = 'projection_2'")
        assert await list_followed(tx) == {BLUE}
    assert "schema version" in await refused(owner, switch=GREEN)
    with pytest.raises(CommandRefused, match="rows differ anyway"):
        await compare(side.worker, BLUE, GREEN, within=0)


async def test_after_a_switch_pages_come_from_the_other_one(owner: Database, side: ReadSide) -> None:
    await filled(owner)
    for name in (GREEN, BLUE):
        async with transaction(owner) as tx:
            await switching.switch(tx, name)
        await side.ctx.freshness.read()
        assert await side.ctx.read_model.schema() == name


async def test_verify_names_the_rows_that_differ(owner: Database, side: ReadSide) -> None:
    await filled(owner)
    both = as_event(CustomerRegistered, samples.customer())
    await side.apply(both)
    await side.apply(as_event(AppointmentScheduled, samples.appointment()))
    side.sequence = 0
    await side.apply(both, schema=GREEN)
    found = await compare(side.worker, BLUE, GREEN, within=0)
    assert found is not None
    assert [(each.table, each.keys) for each in found if not each.equal] == [
        ("appointments", [f"{samples.BUSINESS}/ap-1"])
    ]


async def test_different_places_in_the_log_are_not_compared(owner: Database, side: ReadSide) -> None:
    await filled(owner)
    async with transaction(owner) as tx:
        await tx.run("UPDATE positions SET next_offset = 7 WHERE consumer LIKE '%_2'")
    assert await compare(side.worker, BLUE, GREEN, within=0) is None


async def test_a_dropped_projection_says_that_it_is_missing(owner: Database, side: ReadSide) -> None:
    await filled(owner)
    async with transaction(owner) as tx:
        await switching.drop(tx, GREEN)
    with pytest.raises(SCHEMA_IS_MISSING):
        async with transaction(side.worker) as tx:
            event = envelope(as_event(CustomerRegistered, samples.customer()), 1)
            await Projector(GREEN).apply(tx, [event])
    async with transaction(owner) as tx:
        assert await find_positions(tx, GREEN) == {}


def test_whoever_changes_the_tables_raises_the_schema_version() -> None:
    columns = [f"{column} {column.type}" for table in tables("s").all() for column in table.columns]
    assert (names.SCHEMA_VERSION, sha256("\n".join(columns).encode()).hexdigest()[:16]) == (
        1,
        "76e5d5ed5286259b",
    )
