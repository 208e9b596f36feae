"""How far portal-read is behind: as Kafka's groups tell it, as our command does, and as the log has it."""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

import httpx
import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from portal_testing.stack import eventually, whole_log

from .scene import Scene

GROUPS = {"identity": "portal-read.people", "documents": "portal-read.work"}
"""Kind of consumer → its name, which is its group too."""
_FRESHNESS = re.compile(r"^portal_read_freshness_seconds(?:\{.*\})? (\S+)$", re.MULTILINE)
Places = Mapping[tuple[str, int], int]
"""(topic, partition) → offset."""


class _Consumer(msgspec.Struct):
    lag: int


class _Projection(msgspec.Struct):
    active: bool
    consumers: dict[str, _Consumer]


class _Admin(Protocol):
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def list_consumer_group_offsets(self, group_id: str) -> Mapping[TopicPartition, "_Offset"]: ...


class _Offset(Protocol):
    offset: int


async def committed(scene: Scene) -> None:
    """Wait until Kafka was told all that PostgreSQL knows; the consumers tell it once a second."""

    async def told() -> bool:
        stored = {group: await _stored(scene, group) for group in GROUPS.values()}
        return await _committed(scene) == stored

    await eventually(told, what="Kafka knows the positions", within=30, every=0.25)


async def judge(scene: Scene) -> None:
    """All three say the same, and it is not nothing."""
    ends = await whole_log.ends(scene.run.addresses.kafka_bootstrap)
    of_kafka, of_command = await _committed(scene), await _status(scene)
    for kind, group in GROUPS.items():
        true = _behind(ends, await _stored(scene, group))
        seen = {"Kafka": _behind(ends, of_kafka[group]), "portal projection status": of_command[kind]}
        if true == 0 or set(seen.values()) != {true}:
            scene.find(f"{group} is {true} behind; told is {seen}")


async def freshness(scene: Scene) -> float:
    """The gauge of portal-read's web process, in seconds."""
    port = scene.run.addresses.api_ports["portal-read"]
    async with httpx.AsyncClient(trust_env=False) as http:
        found = _FRESHNESS.search((await http.get(f"http://127.0.0.1:{port}/metrics")).text)
    assert found, "there is no portal_read_freshness_seconds"
    return float(found[1])


def _behind(ends: Places, at: Places) -> int:
    return sum(ends[place] - offset for place, offset in at.items())


async def _stored(scene: Scene, group: str) -> Places:
    stored = await scene.run.databases.positions()
    return {(topic, partition): n for (consumer, topic, partition), n in stored.items() if consumer == group}


async def _committed(scene: Scene) -> dict[str, Places]:
    admin = cast(_Admin, AIOKafkaAdminClient(bootstrap_servers=scene.broker.direct))
    await admin.start()
    try:
        found = {group: await admin.list_consumer_group_offsets(group) for group in GROUPS.values()}
    finally:
        await admin.close()
    return {
        group: {(tp.topic, tp.partition): place.offset for tp, place in places.items()}
        for group, places in found.items()
    }


async def _status(scene: Scene) -> dict[str, int]:
    """What `portal projection status` says of the projection that is shown, by kind of consumer."""
    command = (str(Path(sys.executable).with_name("portal")), "projection", "status", "--quick", "--json")
    process = await asyncio.create_subprocess_exec(
        *command, env=dict(scene.worker("portal-read").find()[1]), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    found = msgspec.json.decode(output, type=list[_Projection])
    return {kind: part.lag for each in found if each.active for kind, part in each.consumers.items()}
