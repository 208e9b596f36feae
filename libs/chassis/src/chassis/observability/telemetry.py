"""OpenTelemetry: traces and metrics. Exporters stay off until `OTEL_EXPORTER_OTLP_ENDPOINT` names one."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

tracer = trace.get_tracer("portal")
meter = metrics.get_meter("portal")
_propagator = TraceContextTextMapPropagator()


class LiveGauge:
    """A gauge is read when somebody asks for it, from what lives: what has ended has no value."""

    def __init__(self, name: str, *, unit: str = "", description: str = "") -> None:
        self._readings: dict[object, tuple[Mapping[str, str], Callable[[], float | None]]] = {}
        meter.create_observable_gauge(name, [self.observe], unit, description)

    @contextmanager
    def reading(self, read: Callable[[], float | None], **attributes: str) -> Generator[None]:
        """Show what `read` gives until the context ends; None is no value."""
        key = object()
        self._readings[key] = attributes, read
        try:
            yield
        finally:
            del self._readings[key]

    def observe(self, _: CallbackOptions | None = None) -> Iterator[Observation]:
        """Everything there is to show at this moment."""
        for attributes, read in list(self._readings.values()):
            if (value := read()) is not None:
                yield Observation(value, attributes)


def configure(service: str, otlp_endpoint: str) -> None:
    """Set the process's providers, once, at start."""
    resource = Resource.create({"service.name": service, "service.namespace": "portal"})
    traces = TracerProvider(resource=resource)
    if otlp_endpoint:
        exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
        traces.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(traces)
    metrics.set_meter_provider(MeterProvider(metric_readers=[PrometheusMetricReader()], resource=resource))


def traceparent() -> str | None:
    """The W3C trace context of this moment, to be stored or sent on; None outside a trace."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(
    name: str, *, parent: str | None = None, kind: SpanKind = SpanKind.INTERNAL
) -> Generator[Span, None, None]:
    """A span, continued from a `traceparent` when one is given."""
    context: Context | None = _propagator.extract({"traceparent": parent}) if parent else None
    with tracer.start_as_current_span(name, context=context, kind=kind) as current:
        yield current
