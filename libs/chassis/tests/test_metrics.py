"""Metrics: what is counted, by which labels, and what Prometheus is shown of it."""

from itertools import count

import pytest
from chassis.observability import Counter, Histogram, LiveGauge
from chassis.observability.metrics import METRICS
from prometheus_client import REGISTRY, generate_latest

_numbers = count()


def name(ending: str) -> str:
    """A name that no other test has: a process counts under each once."""
    return f"portal_test{next(_numbers)}{ending}"


def value(series: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(series, labels)


def test_a_counter_counts_by_its_labels() -> None:
    counter = Counter(__name__, total := name("_total"), "what happened", "kind")
    counter.add(kind="a")
    counter.add(3, kind="a")
    counter.add(kind="b")
    assert (value(total, kind="a"), value(total, kind="b")) == (4, 1)


def test_a_name_is_counted_in_one_place_and_says_where_and_by_what() -> None:
    gauge = name("")
    LiveGauge(__name__, gauge, "how many", "consumer")
    assert METRICS[gauge][1:5] == ("gauge", ("consumer",), "how many", __name__)
    with pytest.raises(ValueError, match="already"):
        LiveGauge("elsewhere", gauge, "how many")
    del METRICS[gauge]


@pytest.mark.parametrize("labels", [{}, {"kind": "a", "who": "b"}, {"who": "b"}])
def test_a_label_that_was_not_named_is_refused(labels: dict[str, str]) -> None:
    counter = Counter(__name__, name("_total"), "what happened", "kind")
    histogram = Histogram(__name__, name("_seconds"), "how long", "kind")
    for record in (lambda: counter.add(1, **labels), lambda: histogram.record(1, **labels)):
        with pytest.raises(ValueError, match=r"label|Incorrect"):
            record()


def test_a_histogram_counts_up_to_each_bound_and_a_negative_duration_is_none() -> None:
    histogram = Histogram(__name__, series := name("_seconds"), "how long", "kind", buckets=(0.1, 1))
    histogram.record(0.1, kind="a")
    histogram.record_all([0.5, 7, -3], kind="a")
    buckets = {bound: value(f"{series}_bucket", kind="a", le=bound) for bound in ("0.1", "1", "+Inf")}
    assert buckets == {"0.1": 2, "1": 3, "+Inf": 4}
    assert value(f"{series}_sum", kind="a") == pytest.approx(7.6)
    assert value(f"{series}_count", kind="a") == 4


def test_a_gauge_shows_what_lives_and_nothing_of_what_has_ended() -> None:
    gauge, lag = LiveGauge(__name__, name(""), "how many", "consumer"), dict[str, float | None](a=3, b=None)
    with gauge.reading(lambda: lag["a"], consumer="a"), gauge.reading(lambda: lag["b"], consumer="b"):
        assert gauge.values() == {("a",): 3}
        lag.update(b=7)
        with gauge.reading(lambda: 1, consumer="short-lived"):
            assert gauge.values() == {("a",): 3, ("b",): 7, ("short-lived",): 1}
        with gauge.reading(lambda: 2, consumer="a"):
            assert gauge.values()["a",] == 5
    assert gauge.values() == {}


def test_a_gauge_shows_what_it_was_told_last() -> None:
    gauge = LiveGauge(__name__, series := name("_seconds"), "how old")
    gauge.show(lambda: 5)
    gauge.show(lambda: 2)
    assert value(series) == 2


def test_prometheus_is_shown_no_second_series_of_when_a_counter_was_made() -> None:
    Counter(__name__, total := name("_total"), "what happened").add()
    assert f"{total} 1.0" in generate_latest().decode().splitlines()
    assert "_created" not in generate_latest().decode()
