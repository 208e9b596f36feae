"""What lies in the tables of a projection: nothing of a person that can be read or moved without the key."""

import pytest
from portal_read.projection import names, switch
from portal_read.projection.register import mark_followed
from portal_read.projection.tables import tables
from portal_read.read_model import NoProjection
from portal_world import BUSINESS, ROOT, World
from servicehub_events import InvoiceIssued, as_event
from servicehub_events_tools.testing import samples
from structlog.testing import capture_logs

pytestmark = pytest.mark.stack
PERSONAL = ("Sample Contact", "customer@example.com", "+819012345678", samples.customer().display_name)
_MOVE = (
    "UPDATE projection_1.invoices SET state = (SELECT state FROM projection_1.invoices WHERE id = 'in-1')"
    " WHERE id = 'in-2'"
)
_OF_ANOTHER_BUILD = "UPDATE projections SET schema_version = schema_version - 1 WHERE name = 'projection_1'"


async def test_no_name_and_no_address_lies_in_plain(full: World) -> None:
    lying = ""
    for table in tables(names.FIRST).all():
        lying += str(await full.rows(f"SELECT t::text, {_as_text(table.name)} FROM {table} t"))
    assert not [text for text in PERSONAL if text in lying]
    assert samples.invoice().number in (await full.get(f"{ROOT}/invoices")).text


def _as_text(table: str) -> str:
    """The state as text would be in it, had it not been encrypted."""
    has_state = "state" in {column.name for column in getattr(tables(names.FIRST), table).columns}
    return "encode(t.state, 'escape')" if has_state else "''"


async def test_a_state_that_was_moved_to_another_row_is_left_out_and_named(full: World) -> None:
    await full.apply(as_event(InvoiceIssued, samples.invoice(), invoice_id="in-2", number="MOVED-2"))
    async with full.as_owner() as tx:
        await tx.run(_MOVE)
    with capture_logs() as logged:
        answer = await full.get(f"{ROOT}/invoices")
    assert (answer.status_code, "このページには表示できていない項目があります" in answer.text) == (200, True)
    assert "/invoices/in-2" not in answer.text
    named = [line["key"] for line in logged if line["event"] == "row.undecipherable"]
    assert named == [f"{BUSINESS}/in-2"]


async def test_a_build_shows_what_is_of_its_own_version(world: World) -> None:
    async with world.as_owner() as tx:
        await tx.run(_OF_ANOTHER_BUILD)
    with pytest.raises(NoProjection, match="portal projection rebuild"):
        await world.web.read_model.refresh()
    async with world.as_owner() as tx:
        await switch.begin(tx)
    with pytest.raises(NoProjection):  # not filled yet
        await world.web.read_model.refresh()
    async with world.as_owner() as tx:
        await mark_followed(tx, "projection_2")
    assert await world.web.read_model.refresh() == "projection_2"
