"""The settings of topics as the broker has them."""

from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from chassis.kafka import clients as kafka
from chassis.settings.base import KafkaSettings


class _Answer(Protocol):
    """What aiokafka's untyped answer holds: error code, message, type, name and settings of each topic."""

    resources: Sequence[tuple[int, str | None, int, str, Sequence[tuple[str, str, object]]]]


async def settings_of(settings: KafkaSettings, topics: Iterable[str]) -> dict[str, dict[str, str]]:
    """By topic; a topic whose settings we may not see is left out."""
    admin = AIOKafkaAdminClient(**kafka.security(settings), request_timeout_ms=15_000)
    configs: dict[str, dict[str, str]] = {}
    try:
        await admin.start()
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topics]
        for answer in cast("list[_Answer]", await admin.describe_configs(resources)):
            for code, _, _, name, entries in answer.resources:
                if code == 0:
                    configs[name] = {entry[0]: entry[1] for entry in entries}
    finally:
        await admin.close()
    return configs
