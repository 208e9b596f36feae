"""A Faust app without anything but agents and timers, typed as far as we use it.

No tables, no leader topic, no declared topics, no producer, no folder on disk, and no web server: the setting
alone would be overruled by Faust's own command line, so the boot strategy says it too.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Protocol, cast

import faust
from chassis.kafka import Record, TopicPartition, aiokafka_patch
from chassis.settings import ServiceSettings
from faust.auth import SASLCredentials, SSLCredentials
from faust.types.auth import SASLMechanism

_RESERVE = 256
"""Records that wait in memory for their agent."""


class FaustMessage(Record, Protocol):
    """A record as Faust hands it on."""

    @property
    def tp(self) -> TopicPartition: ...


class FaustEvent(Protocol):
    """A record, and the means to say that it is dealt with."""

    message: FaustMessage

    def ack(self) -> bool: ...


class FaustStream(Protocol):
    """What an agent iterates over. `noack` leaves it to the agent to say what is dealt with."""

    def noack(self) -> "FaustStream": ...
    def events(self) -> AsyncIterator[FaustEvent]: ...


class FaustConsumer(Protocol):
    """Faust's consumer."""

    @property
    def unacked(self) -> Iterable[FaustMessage]: ...
    def assignment(self) -> set[TopicPartition]: ...
    def highwater(self, tp: TopicPartition) -> int | None: ...
    async def position(self, tp: TopicPartition) -> int | None: ...


class FaustApp(Protocol):
    """A Faust app."""

    consumer: FaustConsumer

    @property
    def crashed(self) -> bool: ...
    @property
    def should_stop(self) -> bool: ...
    @property
    def crash_reason(self) -> BaseException | None: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class _Boot(faust.App.BootStrategy):
    enable_web = False
    enable_kafka_producer = False


class _App(faust.App):
    logger = logging.getLogger("faust.app")  # or Faust would speak in our name
    BootStrategy = _Boot

    async def on_first_start(self) -> None:
        """Creates no folders: nothing is kept in them."""


def create_app(
    name: str,
    settings: ServiceSettings,
    *,
    topics: Iterable[str],
    handle: Callable[[FaustApp, FaustEvent], Awaitable[None]],
    tick: Callable[[], Awaitable[None]],
    tick_seconds: float,
) -> FaustApp:
    """An app with one agent a topic, each calling `handle` for one record after the other, and one timer.

    `name` is its Kafka group. Neither `handle` nor `tick` may raise.
    """
    aiokafka_patch.apply()  # Faust makes its consumer of aiokafka by itself
    app: Any = _App(name, **_options(name, settings))
    for topic in topics:
        _add_agent(app, topic, handle)
    app.timer(interval=tick_seconds)(tick)
    app.finalize()
    return cast(FaustApp, app)


def _add_agent(app: Any, topic: str, handle: Callable[[FaustApp, FaustEvent], Awaitable[None]]) -> None:
    raw = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def agent(stream: FaustStream) -> None:
        # Faust acks an event whose handler raised or was cancelled; only what was dealt with may count.
        async for event in stream.noack().events():
            await handle(app, event)
            event.ack()

    app.agent(raw, name=topic)(agent)


def _options(name: str, settings: ServiceSettings) -> dict[str, Any]:
    instance = settings.kafka_instance_id
    return {
        "broker": [f"kafka://{server.strip()}" for server in settings.kafka_bootstrap.split(",")],
        "broker_credentials": credentials(settings),
        "consumer_group_instance_id": f"{name}.{instance}" if instance else None,
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": 10.0,
        "broker_heartbeat_interval": 3.0,
        "broker_request_timeout": 15.0,
        "broker_commit_interval": 1.0,
        "broker_max_poll_records": 100,
        "stream_buffer_maxsize": _RESERVE,
        "stream_wait_empty": False,
        "store": "memory://",
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
        "autodiscover": False,
    }


def credentials(settings: ServiceSettings) -> SSLCredentials | SASLCredentials | None:
    """How the brokers are spoken to, the same as `chassis.kafka.clients.security` says it to aiokafka."""
    if settings.kafka_security_protocol == "PLAINTEXT":
        return None
    context = ssl.create_default_context(cafile=settings.kafka_ca_file or None)
    if settings.kafka_security_protocol == "SSL":
        return SSLCredentials(context)
    return SASLCredentials(
        username=settings.kafka_username,
        password=settings.kafka_password.reveal(),
        ssl_context=context,
        mechanism=SASLMechanism.SCRAM_SHA_512,
    )
