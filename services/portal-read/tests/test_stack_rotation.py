"""The field key is rotated by command, beside a signed-in customer, until the former may go."""

import json

import pytest
from chassis.settings import KeyRing
from chassis.settings.new_keys import with_last_first, with_new_key
from portal_read.projection import switch
from portal_read.projection.register import mark_followed
from portal_testing.stack.command import portal
from portal_world import ROOT, World
from servicehub_events import CustomerRegistered, as_event
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack


async def keys(world: World, command: str, ring: str) -> tuple[int, list[dict[str, object]]]:
    environment = {**world.environment("worker"), "FIELD_ENCRYPTION_KEYS": ring}
    code, out, _ = await portal(environment, "keys", command, "--json")
    return code, [json.loads(line) for line in out.splitlines()]


async def test_a_field_key_is_rotated_until_the_former_may_go(full: World) -> None:
    async with full.as_owner() as tx:  # a second projection beside the shown one
        await switch.begin(tx)
        await mark_followed(tx, "projection_2")
    async with full.worker.all_tenants() as tx:
        event = full.envelope(as_event(CustomerRegistered, samples.customer()))
        await full.projector("projection_2").apply(tx, [event])
    both = with_last_first(with_new_key(full.environment("worker")["FIELD_ENCRYPTION_KEYS"]))
    new_alone = both.split(",")[0]
    code, before = await keys(full, "status", both)
    assert (code, {use["state"] for use in before}) == (0, {"former"})
    assert {"projection_1.customers.state", "projection_2.customers.state"} <= {
        use["place"] for use in before
    }
    assert (await keys(full, "status", new_alone))[0] == 1  # retired too early

    shown = full.browser(at=full.context("api", field_encryption_keys=KeyRing.parse(both)))
    assert (await shown.get(ROOT, headers={"Cookie": full.cookie()})).status_code == 200
    assert (await keys(full, "rotate", both))[0] == 0

    code, after = await keys(full, "status", new_alone)
    assert (code, {use["state"] for use in after}) == (0, {"current"})
    assert sum(int(str(use["rows"])) for use in after) == sum(int(str(use["rows"])) for use in before)
    late = full.browser(at=full.context("api", field_encryption_keys=KeyRing.parse(new_alone)))
    page = await late.get(f"{ROOT}/invoices", headers={"Cookie": full.cookie()})
    assert (page.status_code, samples.invoice().number in page.text) == (200, True)
