"""Everything derived, as files: which there should be, which are stale, and writing them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import yaml
from servicehub_events.json_schema import schema_of
from servicehub_events.registry import REGISTRY, Registry

from servicehub_events_tools import REPOSITORY
from servicehub_events_tools.derive.asyncapi import asyncapi
from servicehub_events_tools.derive.reference import reference
from servicehub_events_tools.derive.topic_facts import manifests, topic_facts
from servicehub_events_tools.examples import FOLDER as EXAMPLES
from servicehub_events_tools.examples import Example, read_examples

WHOLE: Final = ("libs/events/schemas", "docs/events")
"""Folders that hold nothing but derived files."""
_NOTE: Final = "# Written by `make derive`.\n"


def rendered(examples: Mapping[str, Example], registry: Registry = REGISTRY) -> dict[str, str]:
    """Path in the repository → contents."""
    schemas = {f"libs/events/schemas/{kind.type}.json": schema_of(kind) for kind in registry.kinds()}
    topics = msgspec.to_builtins(topic_facts(registry))
    pages = {f"docs/events/{name}": page for name, page in reference(registry, examples).items()}
    return {
        **{path: _json(schema) for path, schema in schemas.items()},
        "libs/events/topics.json": _json(topics),
        "libs/events/asyncapi.yaml": _NOTE + _yaml(asyncapi(registry, examples)),
        "libs/events/strimzi/kafka-topics.yaml": _NOTE + "---\n".join(map(_yaml, manifests(registry))),
        **pages,
    }


def stale(root: Path = REPOSITORY, examples: Path = EXAMPLES) -> list[str]:
    """Paths that are missing, differ, or lie in a derived folder and belong to nothing any more."""
    wanted = rendered(read_examples(examples))
    surplus = [path for folder in WHOLE for path in _there(root, folder) if path not in wanted]
    return sorted([path for path, text in wanted.items() if _read(root / path) != text] + surplus)


def write(root: Path = REPOSITORY, examples: Path = EXAMPLES) -> list[str]:
    """Bring every derived file up to date; returns the paths that changed."""
    changed, wanted = stale(root, examples), rendered(read_examples(examples))
    for path in changed:
        if path in wanted:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(wanted[path], encoding="utf-8")
        else:
            (root / path).unlink()
    return changed


def _there(root: Path, folder: str) -> list[str]:
    return [f"{folder}/{path.name}" for path in (root / folder).glob("*") if path.is_file()]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _yaml(content: object) -> str:
    class Dumper(yaml.SafeDumper):
        """Texts of several lines as they are, not folded."""

    def text(_dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return yaml.ScalarNode("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=110)
