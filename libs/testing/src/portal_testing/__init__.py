"""What the tests of all services share: a world to run one in, a clock, browsers, and the laws of identity.

class World(portal_testing.World[Settings, Context]):  # a service's own, in its tests
    service, reactions = SERVICE, IDENTITY

async with World.fresh(servers) as world:
    await world.apply(business, customer)              # as the consumer does it
    answer = await world.browser().get("/portal/sample-business")
    assert [e.type for e in await world.published()] == [...]
"""

from portal_testing.browser import browser_at
from portal_testing.clock import AT, FakeClock
from portal_testing.envelopes import envelope_of
from portal_testing.world import World

__all__ = ["AT", "FakeClock", "World", "browser_at", "envelope_of"]
