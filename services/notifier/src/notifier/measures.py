"""What the notifier counts and times. Labels never name a recipient."""

from typing import Literal

from chassis.observability import telemetry
from servicehub_events import Channel

_outcomes = telemetry.meter.create_counter("portal_deliveries", description="by kind, channel and outcome")
_seconds = telemetry.meter.create_histogram("portal_delivery", unit="s", description="from request to sent")
_news = telemetry.meter.create_counter("portal_news", description="by kind and what became of it")

Outcome = Literal["sent", "failed", "postponed", "dropped"]
Fate = Literal["addressed", "old", "superseded", "unknown", "unwanted"]


def count(kind: str, channel: Channel, outcome: Outcome) -> None:
    """One delivery came to this: `dropped` is one that nobody needed any more."""
    _outcomes.add(1, {"kind": kind, "channel": channel, "outcome": outcome})


def took(channel: Channel, seconds: float) -> None:
    """A message was taken by its provider so long after it was asked for."""
    _seconds.record(seconds, {"channel": channel})


def news(kind: str, outcome: Fate) -> None:
    """One message came to this before it had recipients; `unknown`: nothing was heard of its customer."""
    _news.add(1, {"kind": kind, "outcome": outcome})
