"""A typed publisher for Python, on aiokafka: `pip install 'servicehub-events[kafka]'`.

`Publisher` for asyncio, `SyncPublisher` for everything else. Both refuse an event that no reader would accept
before anything is sent, choose key, partition and headers, and return when every replica in sync has it.
"""

try:
    from servicehub_events.publisher.blocking import SyncPublisher
    from servicehub_events.publisher.client import FailureCode, Security
    from servicehub_events.publisher.publisher import Publication, Published, Publisher, PublishFailed
except ModuleNotFoundError as error:
    if error.name != "aiokafka":
        raise
    raise ImportError(
        "servicehub_events.publisher needs aiokafka: pip install 'servicehub-events[kafka]'"
    ) from None

__all__ = [
    "FailureCode",
    "Publication",
    "PublishFailed",
    "Published",
    "Publisher",
    "Security",
    "SyncPublisher",
]
