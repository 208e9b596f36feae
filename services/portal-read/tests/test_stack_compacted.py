"""After the broker has really compacted the log, a rebuild gives the rows that the whole log gave.

The servers are this test's own: what others left in a shared log does not keep the rules of publishers.
"""

import random
from collections.abc import AsyncGenerator, Iterator

import pytest
import rows_digest
from chassis.events_in import subscriptions
from histories import lawful
from msgspec.structs import replace
from naive_judge import recompute
from portal_read.reactions import DOCUMENTS, IDENTITY
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, eventually
from portal_testing.stack import servers as own_servers
from portal_testing.stack.compaction import COMPACTED, compact
from portal_testing.stack.whole_log import ends, read_all
from portal_world import World
from projection_operator import Operator, publishing, working
from servicehub_events import Envelope

pytestmark = pytest.mark.stack
BLUE, GREEN = "projection_1", "projection_2"
_STANDS = "SELECT topic, partition, next_offset FROM positions WHERE consumer LIKE 'portal-read.%'"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with own_servers() as own:
        yield own


@pytest.fixture
async def history(servers: Servers) -> AsyncGenerator[list[Envelope]]:
    """Many short histories, each of businesses of its own, so that most end before all are erased."""
    log = [_of(seed, each) for seed in range(12) for each in lawful(random.Random(seed), 60)]
    async with publishing(servers) as publisher:
        for each in log:
            await publisher.publish(each.sequence, each.event)
        yield log


def _of(seed: int, each: Envelope) -> Envelope:
    own = f"{each.event.business_id}-{seed}"
    return envelope_of(replace(each.event, business_id=own), each.sequence)


async def caught_up(servers: Servers, world: World) -> None:
    """Wait until the worker stands at the end of all it reads."""
    read = {*subscriptions(IDENTITY), *subscriptions(DOCUMENTS)}
    end = {at: offset for at, offset in (await ends(servers.kafka_bootstrap)).items() if at[0] in read}

    async def there() -> bool:
        return {(topic, n): offset for topic, n, offset in await world.rows(_STANDS)} == end

    await eventually(there, what="all is applied", within=60)


async def kept(servers: Servers) -> dict[str, int]:
    """Records by compacted topic."""
    found = await read_all(servers.kafka_bootstrap)
    return {topic.name: sum(each.place.topic == topic.name for each in found) for topic in COMPACTED}


async def test_a_rebuild_from_the_compacted_log_gives_the_same_rows(
    servers: Servers, world: World, history: list[Envelope]
) -> None:
    async with working(world):
        await caught_up(servers, world)
    whole, before = await world.projected(BLUE), await kept(servers)
    assert rows_digest.digest(whole) == rows_digest.digest(recompute(history))
    for name in ("customers", "appointments", "invoices", "payments", "sessions"):
        states = [row["state"] is None for row in whole[name].values()]
        assert states.count(True) >= 3, name  # some of the erased
        assert states.count(False) > 5, name  # and some of those who stay

    await compact(servers.kafka_bootstrap)
    after = await kept(servers)
    for topic in COMPACTED:
        keys = {each.key for each in history if each.topic == topic.name}
        assert before[topic.name] > after[topic.name] == len(keys), topic.name

    operator = Operator.of(world)
    async with working(world):
        rebuilt = await operator.run("rebuild")
        assert rebuilt.code == 0, rebuilt.err
        verified = await operator.run("verify", BLUE, GREEN)
    assert verified.code == 0, verified.out
    assert rows_digest.digest(await world.projected(GREEN)) == rows_digest.digest(whole)
