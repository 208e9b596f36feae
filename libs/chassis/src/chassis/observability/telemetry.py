"""Traces, in the words of OpenTelemetry: W3C trace context, and spans once somebody collects them.

Without `OTEL_EXPORTER_OTLP_ENDPOINT` nothing is recorded: an id goes from request to event to message all the
same, so that the log lines of one story can be found. The SDK would take seven times as long to throw its
spans away.
"""

import random
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

_propagator = TraceContextTextMapPropagator()
_recorder: TracerProvider | None = None
MOST_LINKS: Final = 100
"""A batch of thousands of events names so many of the traces that it joins; the SDK keeps 128."""


def configure(service: str, otlp_endpoint: str) -> None:
    """Record spans and send them, if there is an endpoint; once, at the start of the process."""
    if otlp_endpoint:
        exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
        record_to(BatchSpanProcessor(exporter), service)


def record_to(processor: SpanProcessor, service: str) -> None:
    """Record the spans of this process. `OTEL_TRACES_SAMPLER` says which of them; all, if it is not set."""
    global _recorder  # noqa: PLW0603  # the SDK's own is global too
    resource = Resource.create({"service.name": service, "service.namespace": "portal"})
    _recorder = TracerProvider(resource=resource)
    _recorder.add_span_processor(processor)


@contextmanager
def recording(processor: SpanProcessor, service: str) -> Generator[None]:
    """Record spans until the context ends, as a command or a test does."""
    global _recorder  # noqa: PLW0603  # as above
    before = _recorder
    record_to(processor, service)
    try:
        yield
    finally:
        _recorder = before


def traceparent() -> str | None:
    """The W3C trace context of this moment, to be stored or sent on; None outside a trace."""
    return traceparent_of(trace.get_current_span())


def recorded_trace() -> str | None:
    """The same, of a span that is recorded alone."""
    current = trace.get_current_span()
    return traceparent_of(current) if current.is_recording() else None


def traceparent_of(span: Span) -> str | None:
    """The W3C trace context of a span; None of one that is none."""
    at = span.get_span_context()
    return f"00-{at.trace_id:032x}-{at.span_id:016x}-{int(at.trace_flags):02x}" if at.is_valid else None


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    joins: Iterable[str | None] = (),
    attributes: Mapping[str, AttributeValue] | None = None,
) -> Generator[Span]:
    """A span, continued from a `traceparent` when one is given.

    Of the traces that it joins it continues the only one, or has links to all. Its name and attributes hold
    no id of a person and no text of theirs; nor is the text of an error told.
    """
    linked = list(dict.fromkeys(joined for joined in joins if joined))
    if len(linked) == 1:
        parent, linked = linked[0], []
    if _recorder is None:
        with _unrecorded(parent) as unrecorded:
            yield unrecorded
        return
    with _recorder.get_tracer("portal").start_as_current_span(
        name,
        context=_context_of(parent),
        kind=kind,
        links=[Link(at) for at in _contexts_of(linked[:MOST_LINKS])],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as recorded:
        try:
            yield recorded
        except Exception as error:
            mark_failed(recorded, type(error).__name__)
            raise


@contextmanager
def inner_span(
    name: str, *, kind: SpanKind = SpanKind.CLIENT, attributes: Mapping[str, AttributeValue] | None = None
) -> Generator[Span]:
    """A span within one that is recorded; within none it is none, and costs nothing."""
    current = trace.get_current_span()
    if not current.is_recording():
        yield current
        return
    with span(name, kind=kind, attributes=attributes) as recorded:
        yield recorded


@contextmanager
def detached_span(
    name: str, *, parent: str | None, kind: SpanKind, attributes: Mapping[str, AttributeValue] | None = None
) -> Generator[str | None]:
    """A span of a trace that is recorded, beside others at once, so none is current; gives its `traceparent`.

    Without a recorded parent there is no span, and the parent is given back.
    """
    at = trace.get_current_span(_context_of(parent)).get_span_context() if parent and _recorder else None
    if _recorder is None or at is None or not at.trace_flags.sampled:
        yield parent
        return
    started = _recorder.get_tracer("portal").start_span(
        name, context=_context_of(parent), kind=kind, attributes=attributes
    )
    try:
        yield traceparent_of(started)
    finally:
        started.end()


@contextmanager
def following(parent: str | None) -> Generator[None]:
    """What is logged and asked from here on belongs to the trace of `parent`; there is no span of it."""
    token = context.attach(_context_of(parent) or context.get_current())
    try:
        yield
    finally:
        context.detach(token)


def mark_failed(failed: Span, why: str) -> None:
    """Say that what a span tells of went wrong, by a word of ours or the name of an error."""
    failed.set_attribute("error.type", why)
    failed.set_status(Status(StatusCode.ERROR))


def _context_of(parent: str | None) -> Context | None:
    return _propagator.extract({"traceparent": parent}, Context()) if parent else None


def _contexts_of(parents: Iterable[str]) -> list[SpanContext]:
    contexts = [trace.get_current_span(_context_of(parent)).get_span_context() for parent in parents]
    return [at for at in contexts if at.is_valid]


@contextmanager
def _unrecorded(parent: str | None) -> Generator[Span]:
    """The trace goes on, or a new id begins one."""
    here = _context_of(parent) or context.get_current()
    current = trace.get_current_span(here)
    if not current.get_span_context().is_valid:
        current = NonRecordingSpan(
            SpanContext(random.getrandbits(128) or 1, random.getrandbits(64) or 1, is_remote=False)
        )
        here = trace.set_span_in_context(current, here)
    token = context.attach(here)
    try:
        yield current
    finally:
        context.detach(token)
