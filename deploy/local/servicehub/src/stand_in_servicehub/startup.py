"""What happens at the start: wait for Kafka and branding, set the portals up, publish the demo data once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from servicehub_events.publisher import PublishFailed

from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo
from stand_in_servicehub.errors import SimulatorError
from stand_in_servicehub.store import kind_of, subject_of

log = logging.getLogger("simulator")
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 2.0

Step = Callable[[], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


async def prepare(core: Core, demos: Iterable[Demo], connect: Step, sleep: Sleep = asyncio.sleep) -> None:
    """Run until the demo data is published, however long the others take to start; then set `core.ready`."""
    await _patiently(core, "Kafka", connect, sleep)
    for demo in demos:
        await _patiently(core, "branding", lambda demo=demo: _set_up(core, demo), sleep)
        seed(core, demo)
    await _patiently(core, "Kafka", core.flush, sleep)
    core.ready.set()
    log.info("simulator.ready: all businesses are set up and published")


def seed(core: Core, demo: Demo) -> None:
    """Store what the demo has and ServiceHub does not, as of the business's today."""
    business_id = demo.profile.business_id
    new = [
        (event, time)
        for event, time in demo.events(core.desk(business_id).today)
        if core.store.get(business_id, kind_of(type(event)), subject_of(event)) is None
    ]
    core.store.record([envelope for event, time in new for envelope in core.envelopes([event], time)])
    log.info("simulator.seeded: %s, %d events", business_id, len(new))


async def _set_up(core: Core, demo: Demo) -> None:
    business_id = demo.profile.business_id
    await core.portals.put_business(demo.profile)  # at each start: it changes nothing unless they changed
    if core.store.portal(business_id) is not None:
        return
    await core.portals.put_logo(business_id, demo.logo)
    await core.portals.switch(business_id, enabled=True)
    core.store.set_portal(business_id, enabled=True)
    log.info("simulator.portal_set_up: %s", business_id)


async def _patiently(core: Core, name: str, step: Step, sleep: Sleep) -> None:
    core.waiting_for = name
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            await step()
        except (SimulatorError, PublishFailed) as error:
            log.warning("simulator.waiting: %s (next try in %.1f s)", error, wait)
        else:
            return
        await sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)
