"""Metrics: each is named once, beside what it counts, with its labels and what it means.

`docs/metrics.md` follows from `METRICS`. A label has a handful of values, each from a list of ours: never an
id, a name or a text of somebody's. `/metrics` shows them by prometheus_client.
"""

from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal, NamedTuple

import prometheus_client
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

LATENCY_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets of what people wait for."""
HOURS_SECONDS: Final = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0)
"""Buckets of what may wait: a webhook, a message after a night."""

prometheus_client.disable_created_metrics()


class MetricName(NamedTuple):
    """A metric as `/metrics` names it."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    description: str
    module: str
    """Where it is counted."""
    buckets: tuple[float, ...] = ()
    """The upper bounds of a histogram's, in seconds."""


METRICS: Final[dict[str, MetricName]] = {}
"""Every metric of the modules that are imported, by name."""


class Counter:
    """Counts what happened. Its name ends in `_total`."""

    def __init__(self, module: str, name: str, description: str, *labels: str) -> None:
        """`module` is the `__name__` of where it is counted."""
        _note(MetricName(name, "counter", labels, description, module))
        self._series = prometheus_client.Counter(name, description, labels)

    def add(self, count: float = 1, **labels: str) -> None:
        """Count so many more. Raises ValueError unless every label is given."""
        (self._series.labels(**labels) if labels else self._series).inc(count)


class LiveGauge(Collector):
    """A gauge is read when somebody asks for it, from what lives: what has ended has no value.

    What several readings of the same labels show is added up.
    """

    def __init__(self, module: str, name: str, description: str, *labels: str) -> None:
        self.metric = _note(MetricName(name, "gauge", labels, description, module))
        self._readings: dict[object, tuple[tuple[str, ...], Callable[[], float | None]]] = {}
        REGISTRY.register(self)

    @contextmanager
    def reading(self, read: Callable[[], float | None], **labels: str) -> Generator[None]:
        """Show what `read` gives until the context ends; None is no value."""
        key = object()
        self._readings[key] = _in_order(self.metric, labels), read
        try:
            yield
        finally:
            del self._readings[key]

    def show(self, read: Callable[[], float | None], **labels: str) -> None:
        """Show what `read` gives from now on, in place of what was shown of these labels before."""
        key = _in_order(self.metric, labels)
        self._readings[key] = key, read

    def values(self) -> Mapping[tuple[str, ...], float]:
        """Everything there is to show at this moment, by the values of its labels."""
        values: dict[tuple[str, ...], float] = {}
        for labels, read in list(self._readings.values()):
            if (value := read()) is not None:
                values[labels] = values.get(labels, 0.0) + value
        return values

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        family = GaugeMetricFamily(self.metric.name, self.metric.description, labels=self.metric.labels)
        for labels, value in self.values().items():
            family.add_metric(labels, value)
        yield family


class Histogram(Collector):
    """Counts durations by bucket. Its name ends in `_seconds`.

    A batch of events is recorded at once: a lock and a look-up for each would be a tenth of the projector's
    time.
    """

    def __init__(
        self,
        module: str,
        name: str,
        description: str,
        *labels: str,
        buckets: Sequence[float] = LATENCY_SECONDS,
    ) -> None:
        self.metric = _note(MetricName(name, "histogram", labels, description, module, tuple(buckets)))
        self._counts: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}
        REGISTRY.register(self)

    def record(self, seconds: float, **labels: str) -> None:
        """Count one duration; a negative one, as of two clocks that differ, is none."""
        self.record_all((seconds,), **labels)

    def record_all(self, durations: Iterable[float], **labels: str) -> None:
        """Count many durations of the same labels, in seconds."""
        key = _in_order(self.metric, labels)
        counts = self._counts.setdefault(key, [0] * (len(self.metric.buckets) + 1))
        total = 0.0
        for seconds in durations:
            counts[bisect_left(self.metric.buckets, seconds)] += 1
            total += max(0.0, seconds)
        self._sums[key] = self._sums.get(key, 0.0) + total

    def collect(self) -> Iterator[Metric]:
        """What Prometheus is shown."""
        family = HistogramMetricFamily(self.metric.name, self.metric.description, labels=self.metric.labels)
        for labels, counts in list(self._counts.items()):
            family.add_metric(labels, list(self._cumulative(counts)), self._sums.get(labels, 0.0))
        yield family

    def _cumulative(self, counts: Sequence[int]) -> Iterator[tuple[str, float]]:
        total = 0
        for bound, count in zip((*map(str, self.metric.buckets), "+Inf"), counts, strict=True):
            total += count
            yield bound, float(total)


def _note(metric: MetricName) -> MetricName:
    if metric.name in METRICS:
        raise ValueError(f"{metric.name} is counted in {METRICS[metric.name].module} already")
    METRICS[metric.name] = metric
    return metric


def _in_order(metric: MetricName, labels: Mapping[str, str]) -> tuple[str, ...]:
    if set(labels) != set(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}, not {tuple(labels)}")
    return tuple(labels[name] for name in metric.labels)
