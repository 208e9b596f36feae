"""What the notifier counts and times. Labels never name a recipient."""

from typing import Literal

from chassis.observability import Counter, Histogram
from chassis.observability.metrics import HOURS_SECONDS
from servicehub_events import Channel

_deliveries = Counter(
    __name__, "portal_deliveries_total", "what came of messages", "kind", "channel", "outcome"
)
_seconds = Histogram(
    __name__,
    "portal_delivery_seconds",
    "from the request for a message to its provider's yes",
    "kind",
    "channel",
    buckets=HOURS_SECONDS,
)
_notifications = Counter(
    __name__, "portal_notifications_total", "what came of news before it had recipients", "kind", "outcome"
)
_preferences = Counter(
    __name__, "portal_preferences_changed_total", "choices of messages: off, on or language", "how"
)
_replies = Counter(
    __name__, "portal_text_replies_total", "answers to texts, by what is wanted: texts or none", "wants"
)

DeliveryOutcome = Literal["sent", "delivered", "failed", "postponed", "dropped"]
NotificationOutcome = Literal["addressed", "quiet", "old", "history", "superseded", "unknown", "unwanted"]


def count_delivery(kind: str, channel: Channel, outcome: DeliveryOutcome) -> None:
    """One delivery came to this: `dropped` is one that nobody needed any more."""
    _deliveries.add(kind=kind, channel=channel, outcome=outcome)


def record_delivery(kind: str, channel: Channel, seconds: float) -> None:
    """A message was taken by its provider so long after it was asked for."""
    _seconds.record(seconds, kind=kind, channel=channel)


def count_notification(kind: str, outcome: NotificationOutcome, count: int = 1) -> None:
    """So many came to this before they had recipients; `unknown`: nothing is known of the customer."""
    _notifications.add(count, kind=kind, outcome=outcome)


def count_reply(*, wants_texts: bool) -> None:
    """Somebody ended texts, or wants them again."""
    _replies.add(wants="texts" if wants_texts else "none")


def count_preferences(off: int, on: int) -> None:
    """A contact changed what it chose: switched so much off and on; neither is its language."""
    _preferences.add(how="off" if off else "on" if on else "language")
