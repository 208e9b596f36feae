"""The checked-in JSON Schemas are those of the catalogue, and say what the decoder does."""

import json
import re
from pathlib import Path

import pytest
from servicehub_events import Event, schemas
from servicehub_events.__main__ import main
from servicehub_events.registry import REGISTRY, Kind


def test_the_checked_in_schemas_are_fresh() -> None:
    assert schemas.stale() == [], "run: python -m servicehub_events schemas"


def test_check_fails_for_a_missing_an_edited_and_a_surplus_file(tmp_path: Path) -> None:
    schemas.write(tmp_path)
    assert schemas.stale(tmp_path) == []
    (tmp_path / "portal.SignedIn.v1.json").unlink()
    (tmp_path / "portal.MessageSent.v1.json").write_text("{}")
    (tmp_path / "portal.Gone.v1.json").write_text("{}")
    changed = ["portal.Gone.v1.json", "portal.MessageSent.v1.json", "portal.SignedIn.v1.json"]
    assert schemas.stale(tmp_path) == changed
    assert schemas.write(tmp_path) == changed
    assert schemas.stale(tmp_path) == []


def test_the_command_checks_the_source_tree() -> None:
    assert main(["schemas", "--check"]) == 0


@pytest.mark.parametrize("kind", REGISTRY.kinds(), ids=lambda kind: kind.type)
def test_a_schema_allows_unknown_fields_and_requires_the_ids(kind: Kind[Event]) -> None:
    schema = schemas.schema_of(kind)
    assert schema["$schema"] == schemas.DRAFT
    assert "additionalProperties" not in schema
    required = schema["required"]
    assert isinstance(required, list)
    assert "business_id" in required
    assert kind.topic.id_field in required


@pytest.mark.parametrize("kind", REGISTRY.kinds(), ids=lambda kind: kind.type)
def test_every_reference_in_a_schema_resolves(kind: Kind[Event]) -> None:
    schema = schemas.schema_of(kind)
    definitions = schema.get("$defs", {})
    assert isinstance(definitions, dict)
    for name in re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)):
        assert name in definitions
