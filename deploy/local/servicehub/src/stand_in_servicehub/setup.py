"""What happens at the start: wait for Kafka and branding, set the portals up, publish the demo data once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import DEMO, Demo
from stand_in_servicehub.errors import SimulatorError
from stand_in_servicehub.logo import draw

log = logging.getLogger("simulator")
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 2.0

Step = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


async def prepare(core: Core, connect: Step, sleep: Sleep = asyncio.sleep) -> None:
    """Run until the demo data is published, however long the others take to start; then set `core.ready`."""
    await _patiently(core, "Kafka", connect, sleep)
    for demo in DEMO.values():
        await _patiently(core, "branding", lambda demo=demo: _set_up(core, demo), sleep)
        seed(core, demo)
    await _patiently(core, "Kafka", core.flush, sleep)
    core.ready.set()
    log.info("simulator.ready: both businesses are set up and published")


def seed(core: Core, demo: Demo) -> None:
    """Store a business's demo data as of its today, unless it has some already."""
    business_id = demo.profile.business_id
    if core.store.all(business_id, "customer"):
        return
    core.seed(demo.events(core.today(demo.profile)))
    log.info("simulator.seeded: %s", business_id)


async def _set_up(core: Core, demo: Demo) -> None:
    business_id = demo.profile.business_id
    await core.portals.put_business(demo.profile)  # at each start: it changes nothing unless they changed
    if core.store.portal(business_id) is not None:
        return
    await core.portals.put_logo(business_id, draw(demo.profile.portal.primary_colour, demo.mark))
    await core.portals.switch(business_id, enabled=True)
    core.store.set_portal(business_id, enabled=True)
    log.info("simulator.portal_set_up: %s", business_id)


async def _patiently(core: Core, name: str, step: Step, sleep: Sleep) -> None:
    core.waiting_for = name
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            await step()
        except SimulatorError as error:
            log.warning("simulator.waiting: %s (next try in %.1f s)", error, wait)
        else:
            return
        await sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)
