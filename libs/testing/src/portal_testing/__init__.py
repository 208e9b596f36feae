"""What the tests of all services share: a world to run one in, a clock, browsers, and the laws of identity.

from portal_testing import world as testing

class World(testing.World[Settings, Context]):  # a service's own, in its tests
    service, reactions = SERVICE, IDENTITY

async with World.fresh(servers) as world:
    await world.apply(business, customer)              # as the consumer does it
    answer = await world.browser().get("/portal/sample-business")
    assert [e.type for e in await world.published()] == [...]
"""
