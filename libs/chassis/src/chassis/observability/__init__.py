"""What is seen from outside: logs, traces, metrics, and whether a loop is stuck."""

from chassis.observability.loop_health import LoopHealth, Stuck
from chassis.observability.telemetry import meter, span, traceparent

__all__ = ["LoopHealth", "Stuck", "meter", "span", "traceparent"]
