"""What is seen from outside: logs, traces, metrics, and whether a loop is stuck."""

from chassis.observability.loop_health import Progress, Stuck
from chassis.observability.telemetry import meter, span, traceparent

__all__ = ["Progress", "Stuck", "meter", "span", "traceparent"]
