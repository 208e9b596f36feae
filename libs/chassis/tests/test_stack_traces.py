"""One trace from a request over outbox and log to the batch that applies it; and how late that was."""

from collections.abc import Generator

import pytest
from chassis.events_out.relay import Relay
from chassis.observability import span, telemetry
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from .conftest import Bench
from .log_bench import append, consumer, outbox_empty, recorder, running, until

pytestmark = pytest.mark.stack


@pytest.fixture
def spans() -> Generator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    with telemetry.recording(SimpleSpanProcessor(exporter), "test"):
        yield exporter


def named(spans: InMemorySpanExporter, start: str) -> list[ReadableSpan]:
    return [recorded for recorded in spans.get_finished_spans() if recorded.name.startswith(start)]


async def relayed(bench: Bench) -> None:
    async def empty() -> bool:
        return await outbox_empty(bench)

    async with running(Relay(bench.name, bench.settings, bench.worker)):
        await until(empty)


async def applied(bench: Bench, spans: InMemorySpanExporter, events: int) -> list[ReadableSpan]:
    """The spans of the batches by which a new consumer applied so many events of this test."""
    reader = consumer(bench, recorder(bench, "reader"))

    async def all_of_them() -> bool:
        async with bench.worker.transaction() as tx:
            return await tx.value("SELECT count(*) FROM applied", int) == events

    async with running(reader):
        await until(all_of_them)
    return named(spans, f"consume {reader.name}")


async def test_the_batch_of_one_request_is_a_part_of_its_trace(
    bench: Bench, spans: InMemorySpanExporter
) -> None:
    with span("request"):
        await append(bench, "ct-1", "en")
    await relayed(bench)
    await applied(bench, spans, 1)
    (request,) = named(spans, "request")
    (publish,) = named(spans, "publish ")
    (written,) = [inner for inner in named(spans, "postgresql transaction") if _below(inner, request)]
    assert _below(publish, written)
    of_it = [one for one in named(spans, "consume ") if _joins(one, publish)]
    assert of_it
    assert any(_below(inner, of_it[0]) for inner in named(spans, "postgresql transaction"))


def _below(inner: ReadableSpan, outer: ReadableSpan) -> bool:
    """Whether a span is a part of another, which may be another process's."""
    return bool(inner.parent and outer.context and inner.parent.span_id == outer.context.span_id)


def _joins(batch: ReadableSpan, publish: ReadableSpan) -> bool:
    """Whether a batch goes on from a span, or links to it: others' records may lie in the same batch."""
    assert publish.context
    parents = [batch.parent, *(link.context for link in batch.links)]
    return publish.context.span_id in {parent.span_id for parent in parents if parent}


async def test_the_batch_of_many_requests_links_to_each(bench: Bench, spans: InMemorySpanExporter) -> None:
    for contact in ("ct-1", "ct-2", "ct-3"):
        with span("request"):
            await append(bench, contact, "en")
    await relayed(bench)
    batches = await applied(bench, spans, 3)
    published = named(spans, "publish ")
    assert len({one.context.trace_id for one in published if one.context}) == 3
    assert all(any(_joins(batch, one) for batch in batches) for one in published)


async def test_an_event_is_measured_from_its_publication_once_its_consumer_has_read_the_log(
    bench: Bench,
) -> None:
    await append(bench, "ct-1", "en")
    await relayed(bench)
    reader = consumer(bench, recorder(bench, "reader"))

    def measured() -> float | None:
        labels = {"consumer": reader.name}
        return REGISTRY.get_sample_value("portal_event_delay_seconds_count", labels)

    async def counted(events: int) -> bool:
        async with bench.worker.transaction() as tx:
            return await tx.value("SELECT count(*) FROM applied", int) == events

    async def caught_up() -> bool:
        async with bench.worker.transaction() as tx:
            return bool(await tx.value("SELECT bool_and(caught_up_at IS NOT NULL) FROM positions", bool))

    async with running(reader, Relay(bench.name, bench.settings, bench.worker)):
        await until(lambda: counted(1))
        await until(caught_up)
        before = measured() or 0.0
        await append(bench, "ct-2", "en")
        await until(lambda: counted(2))

        async def later() -> bool:
            return (measured() or 0.0) > before

        await until(later)
