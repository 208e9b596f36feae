"""The Python publisher: what it checks, sends and says, against a log in memory."""

from datetime import UTC, datetime

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from servicehub_events import (
    CustomerRegistered,
    Envelope,
    InvariantViolated,
    InvoiceIssued,
    Malformed,
    as_event,
    decode,
    partition_for,
)
from servicehub_events.publisher import Publication, Published, Publisher, PublishFailed
from servicehub_events_tools.testing import samples

from .publisher_fakes import PARTITIONS, FakeLog

SOURCE = "/servicehub/core"
SOON = 0.05
TIME = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
GOOD = as_event(InvoiceIssued, samples.invoice())
BAD = as_event(InvoiceIssued, samples.invoice(), total=1)
FIRST = as_event(CustomerRegistered, samples.customer(), customer_id="c-1")
SECOND = as_event(CustomerRegistered, samples.customer(), customer_id="c-2")


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


def publisher(log: FakeLog, timeout: float = 5.0) -> Publisher:
    return Publisher("kafka:9092", source=SOURCE, timeout=timeout, connect=log.connect)


def key(event: CustomerRegistered) -> bytes:
    return f"{event.business_id}/{event.customer_id}".encode()


def read(log: FakeLog) -> list[Envelope]:
    for record, partition in log.records:
        assert partition == partition_for(record.key, PARTITIONS)
    return [decode(**record._asdict()) for record, _ in log.records]


async def test_a_reader_gets_what_was_published_in_the_partition_of_its_key(log: FakeLog) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with publisher(log) as it:
        place = await it.publish(
            GOOD, sequence=7, time=TIME, causation_id="cmd-1", traceparent=trace, quiet=True
        )
    [envelope] = read(log)
    assert envelope == Envelope(
        event=GOOD,
        id=place.id,
        source=SOURCE,
        time=TIME,
        sequence=7,
        causation_id="cmd-1",
        traceparent=trace,
        quiet=True,
    )
    assert place == Published(envelope.id, "servicehub.invoices.v1", log.records[0][1], 0)


async def test_many_keep_their_order(log: FakeLog) -> None:
    async with publisher(log) as it:
        places = await it.publish_all(Publication(GOOD, sequence) for sequence in range(1, 31))
    assert [each.sequence for each in read(log)] == list(range(1, 31))
    assert [each.offset for each in places] == list(range(30))


async def test_one_event_that_no_reader_would_accept_and_nothing_is_sent(log: FakeLog) -> None:
    async with publisher(log) as it:
        with pytest.raises(InvariantViolated, match="total is 1") as caught:
            await it.publish_all([Publication(GOOD, 1), Publication(BAD, 2)])
    assert log.records == []
    assert caught.value.__notes__ == ["nothing was sent; the event is servicehub.InvoiceIssued.v1"]


@pytest.mark.parametrize(
    "publication",
    [
        Publication(GOOD, 0),
        Publication(GOOD, 1, id="not-a-uuid"),
        Publication(GOOD, 1, time=datetime(2026, 11, 2, 9, 30)),  # noqa: DTZ001 - that is the point
        Publication(as_event(CustomerRegistered, samples.customer(), display_name="\ud800"), 1),
    ],
    ids=["sequence", "id", "naive time", "lone surrogate"],
)
async def test_attributes_are_checked_like_the_event(log: FakeLog, publication: Publication) -> None:
    async with publisher(log) as it:
        with pytest.raises(Malformed):
            await it.publish_all([publication])
    assert log.records == []


async def test_a_state_is_not_an_event(log: FakeLog) -> None:
    async with publisher(log) as it:
        with pytest.raises(TypeError, match="Invoice is not an event"):
            await it.publish(samples.invoice(), sequence=1)


async def test_what_nobody_confirmed_is_handed_back_and_can_be_sent_again(log: FakeLog) -> None:
    log.silent = True
    async with publisher(log, SOON) as it:
        with pytest.raises(PublishFailed, match=r"confirmed nothing.*a repeat does no harm") as caught:
            await it.publish(FIRST, sequence=3)
        log.silent = False
        await it.publish_all(caught.value.unpublished)
    assert caught.value.code == "no_answer"
    assert [(each.id, each.sequence) for each in read(log)] == [(caught.value.unpublished[0].id, 3)]
    # A second producer could overtake what the first one still has under way.
    assert log.opened == 1


async def test_one_refused_does_not_take_the_others_along(log: FakeLog) -> None:
    log.refused = {key(FIRST): TopicAuthorizationFailedError("servicehub.customers.v1")}
    async with publisher(log) as it:
        with pytest.raises(PublishFailed, match=r"may not write to servicehub\.customers\.v1") as caught:
            await it.publish_all([Publication(FIRST, 1), Publication(SECOND, 1)])
        assert caught.value.code == "not_allowed"
        assert [each.event for each in caught.value.unpublished] == [FIRST]
        log.refused = {}
        await it.publish_all(caught.value.unpublished)
    assert [each.event for each in read(log)] == [SECOND, FIRST]
    assert (log.opened, log.closed) == (2, 2)  # a producer that was refused a batch can send no more


async def test_nothing_overtakes_what_could_not_be_queued(log: FakeLog) -> None:
    log.unqueued = {key(FIRST): UnknownTopicOrPartitionError()}
    async with publisher(log) as it:
        with pytest.raises(PublishFailed, match=r"no topic servicehub\.customers\.v1") as caught:
            await it.publish_all([Publication(FIRST, 1), Publication(SECOND, 1)])
    assert caught.value.code == "no_topic"
    assert [each.event for each in caught.value.unpublished] == [FIRST, SECOND]
    assert log.records == []


async def test_brokers_that_cannot_be_reached_are_told_of_at_once(log: FakeLog) -> None:
    log.away = KafkaConnectionError("refused")
    with pytest.raises(PublishFailed, match=r"kafka:9092 cannot be reached.*security settings\.$") as caught:
        async with publisher(log):
            pytest.fail("it opened")
    assert caught.value.code == "no_answer"
    assert log.closed == 1


async def test_closing_does_not_wait_for_ever(log: FakeLog) -> None:
    async with publisher(log, SOON) as it:
        await it.publish(FIRST, sequence=1)
        log.stuck = True
    assert (log.given_up, log.closed) == (1, 1)


async def test_a_record_that_the_broker_had_before_has_no_offset(log: FakeLog) -> None:
    log.offsets_known = False
    async with publisher(log) as it:
        assert (await it.publish(FIRST, sequence=1)).offset is None
