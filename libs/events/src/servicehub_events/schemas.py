"""JSON Schema (draft 2020-12) for the value of every event, derived from its class and checked in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, cast

import msgspec

from servicehub_events.catalogue.base import Event
from servicehub_events.registry import REGISTRY, Kind

FOLDER: Final = Path(__file__).parents[2] / "schemas"
"""Where the schemas are kept in the source tree; they are no part of the installed package."""

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Kind[Event]) -> dict[str, object]:
    """The schema of one event's value. Fields that it does not name are allowed and ignored."""
    (body,), parts = msgspec.json.schema_components([kind.cls], ref_template="#/$defs/{name}")
    definitions = dict(parts)
    name = str(body["$ref"]).rpartition("/")[2]
    described = cast("dict[str, object]", definitions.pop(name))
    schema: dict[str, object] = {"$schema": DRAFT, "$id": f"urn:servicehub:event:{kind.type}", **described}
    schema["title"] = kind.type
    return {**schema, "$defs": definitions} if definitions else schema


def rendered() -> dict[str, str]:
    """File name → contents, for every event of the catalogue."""
    return {
        f"{kind.type}.json": json.dumps(schema_of(kind), ensure_ascii=False, indent=2) + "\n"
        for kind in REGISTRY.kinds()
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """The names of files that are missing, differ, or belong to no present event."""
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    wanted = rendered()
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def write(folder: Path = FOLDER) -> list[str]:
    """Bring the folder up to date; returns the names that changed."""
    changed, wanted = stale(folder), rendered()
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return changed
