"""After the broker has really compacted the log, a rebuild gives the rows that live readers have.

Also where records were repeated or came late, and the log ends with older versions and with people who were
erased. The servers are of this test alone: what others left in a shared log keeps no rules of publishers.
"""

import random
from collections.abc import Iterator

import pytest
import rows_digest
from chassis.events_in import subscriptions
from histories import lawful
from msgspec.structs import replace
from naive_judge import recompute
from portal_read.reactions import DOCUMENTS, IDENTITY, rows_of
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, eventually
from portal_testing.stack import servers as own_servers
from portal_testing.stack.compaction import COMPACTED, compact
from portal_testing.stack.whole_log import ends, read_all
from portal_world import World
from projection_operator import Operator, publishing, working
from servicehub_events import Envelope, Erased
from servicehub_events.topics import REJECTIONS

pytestmark = pytest.mark.stack
BLUE, GREEN = "projection_1", "projection_2"
_STANDS = "SELECT topic, partition, next_offset FROM positions WHERE consumer LIKE 'portal-read.%'"

_WAITING = "SELECT code, key FROM dead_letters WHERE superseded_at IS NULL"
_LETTERS = "SELECT count(*) FROM dead_letters WHERE topic LIKE 'servicehub.%'"


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with own_servers() as own:
        yield own


@pytest.fixture
async def history(servers: Servers) -> list[Envelope]:
    """Many short histories, each of businesses of its own, so that most end before all are erased.

    One time in ten something is published again that was published before.
    """
    lawfully = [_of(seed, each) for seed in range(12) for each in lawful(random.Random(seed), 60)]
    dice, published = random.Random(1), list[Envelope]()
    for each in lawfully:
        published += [each, *([dice.choice(published)] if published and dice.random() < 0.1 else [])]
    async with publishing(servers) as publisher:
        for each in published:
            await publisher.publish(each.sequence, each.event)
    return published


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


def overtaken(history: list[Envelope]) -> set[tuple[str, str]]:
    """Code and key of each key of ServiceHub's whose last record is not its newest."""
    newest: dict[bytes, tuple[bool, int]] = {}
    last: dict[bytes, tuple[bool, int]] = {}
    for each in history:
        if not any(rows_of(each.event, each.sequence)):
            continue  # a message about nothing that a page shows
        last[each.key] = isinstance(each.event, Erased), each.sequence
        newest[each.key] = max(newest.get(each.key, (False, 0)), last[each.key])
    return {
        ("after_erasure" if newest[key][0] else "overtaken", key.decode())
        for key in newest
        if last[key] < newest[key]
    }


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
    written = {each.topic for each in history}
    assert len(written) > 5
    for topic in written & {topic.name for topic in COMPACTED}:
        keys = {each.key for each in history if each.topic == topic}
        assert before[topic] > after[topic] == len(keys), topic

    operator = Operator.of(world)
    async with working(world):
        rebuilt = await operator.run("rebuild")
        assert rebuilt.code == 0, rebuilt.err
        assert "are newer where they are shown than in the log" in rebuilt.out
        verified = await operator.run("verify", BLUE, GREEN)
        switched = await operator.run("switch", GREEN)
    assert verified.code == 0, verified.out
    assert switched.code == 0, switched.err
    assert rows_digest.digest(await world.projected(GREEN)) == rows_digest.digest(whole)
    waiting = overtaken(history)
    assert {code for code, _ in waiting} == {"overtaken", "after_erasure"}
    assert set(await world.rows(_WAITING)) == waiting
    ((letters,),) = await world.rows(_LETTERS)
    log = await read_all(servers.kafka_bootstrap)
    rejected = {record.key for record in log if record.place.topic == REJECTIONS.name}  # a relay may repeat
    assert len(rejected) == letters
