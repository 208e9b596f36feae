"""What is seen from outside: logs, traces, metrics, and whether a loop is stuck."""

from chassis.observability.calls import calling
from chassis.observability.loop_health import LoopHealth, Stuck
from chassis.observability.metrics import Counter, Histogram, LiveGauge
from chassis.observability.telemetry import following, span, traceparent

__all__ = [
    "Counter",
    "Histogram",
    "LiveGauge",
    "LoopHealth",
    "Stuck",
    "calling",
    "following",
    "span",
    "traceparent",
]
