"""What the notifier counts and times. Labels never name a recipient."""

from typing import Literal

from chassis.observability import meter
from servicehub_events import Channel

_deliveries = meter.create_counter("portal_deliveries", description="by kind, channel and outcome")
_seconds = meter.create_histogram("portal_delivery", unit="s", description="from request to sent")
_notifications = meter.create_counter("portal_notifications", description="by kind and what became of it")
_preferences = meter.create_counter("portal_preferences_changed", description="by how: off, on or language")
_replies = meter.create_counter("portal_text_replies", description="by what is wanted: texts or none")

DeliveryOutcome = Literal["sent", "delivered", "failed", "postponed", "dropped"]
NotificationOutcome = Literal["addressed", "quiet", "old", "history", "superseded", "unknown", "unwanted"]


def count_delivery(kind: str, channel: Channel, outcome: DeliveryOutcome) -> None:
    """One delivery came to this: `dropped` is one that nobody needed any more."""
    _deliveries.add(1, {"kind": kind, "channel": channel, "outcome": outcome})


def record_delivery(channel: Channel, seconds: float) -> None:
    """A message was taken by its provider so long after it was asked for."""
    _seconds.record(seconds, {"channel": channel})


def count_notification(kind: str, outcome: NotificationOutcome, count: int = 1) -> None:
    """So many came to this before they had recipients; `unknown`: nothing is known of the customer."""
    _notifications.add(count, {"kind": kind, "outcome": outcome})


def count_reply(*, wants_texts: bool) -> None:
    """Somebody ended texts, or wants them again."""
    _replies.add(1, {"wants": "texts" if wants_texts else "none"})


def count_preferences(off: int, on: int) -> None:
    """A contact changed what it chose: switched so much off and on; neither is its language."""
    _preferences.add(1, {"how": "off" if off else "on" if on else "language"})
