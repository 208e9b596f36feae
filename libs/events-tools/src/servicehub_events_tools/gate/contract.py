"""A contract as data: the schema of every event version and the facts of every topic."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import msgspec
from servicehub_events.json_schema import schema_of
from servicehub_events.registry import REGISTRY, Registry

from servicehub_events_tools import CONTRACT
from servicehub_events_tools.derive.shapes import Json
from servicehub_events_tools.derive.topic_facts import TopicFacts, topic_facts

PUBLISHED: Final = CONTRACT / "published"
"""Everything ever published, each version for ever."""
_TOPICS: Final = "topics.json"


@dataclass(frozen=True, slots=True)
class Contract:
    """`schemas` by type (`portal.SignedIn.v1`), `topics` by name, and the upcasters there are."""

    schemas: Mapping[str, Json]
    topics: Mapping[str, TopicFacts]
    steps: frozenset[tuple[str, int]] = frozenset()

    def version(self, name: str) -> int:
        """The highest version of an event, 0 if it is not there."""
        return max((number for known, number in map(split, self.schemas) if known == name), default=0)

    def topic_of(self, name: str) -> TopicFacts | None:
        """The topic that an event travels on, whatever its version."""
        return next((topic for topic in self.topics.values() if name in names(topic.events)), None)


def split(event_type: str) -> tuple[str, int]:
    """`portal.SignedIn.v2` as `("portal.SignedIn", 2)`."""
    name, _, number = event_type.rpartition(".v")
    return name, int(number)


def names(event_types: Iterable[str]) -> tuple[str, ...]:
    """The names of event types, without their versions, each once and in order."""
    return tuple(dict.fromkeys(split(event_type)[0] for event_type in event_types))


def present(registry: Registry = REGISTRY) -> Contract:
    """The contract that the classes state now."""
    schemas = {kind.type: schema_of(kind) for kind in registry.kinds()}
    topics = {topic.name: topic for topic in topic_facts(registry)}
    return Contract(schemas, topics, registry.steps())


def load(folder: Path = PUBLISHED) -> Contract:
    """The contract as published. Raises FileNotFoundError when there is none."""
    topics = msgspec.json.decode((folder / _TOPICS).read_bytes(), type=list[TopicFacts])
    files = sorted(path for path in folder.glob("*.json") if ".v" in path.name)
    schemas = {path.stem: cast("Json", json.loads(path.read_text(encoding="utf-8"))) for path in files}
    return Contract(schemas, {topic.name: topic for topic in topics})


def save(contract: Contract, folder: Path = PUBLISHED) -> None:
    """Write a contract over the published one. Of the events that it still has, every version is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.json"):
        if ".v" in path.name and not contract.version(split(path.stem)[0]):
            path.unlink()
    for event_type, schema in contract.schemas.items():
        _write(folder / f"{event_type}.json", schema)
    _write(folder / _TOPICS, msgspec.to_builtins(list(contract.topics.values())))


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
