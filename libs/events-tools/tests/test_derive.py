"""What is checked in is what the classes state now, and says what the decoder does."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from servicehub_events import TOPICS, Event, Invoice, Payment, SessionRevoked
from servicehub_events.json_schema import DRAFT, meanings, schema_of
from servicehub_events.registry import REGISTRY, Kind
from servicehub_events_tools import REPOSITORY
from servicehub_events_tools.__main__ import main
from servicehub_events_tools.derive import files
from servicehub_events_tools.derive.payloads import Payloads
from servicehub_events_tools.derive.shapes import Json, part
from servicehub_events_tools.derive.topic_facts import manifests, topic_facts

KINDS = REGISTRY.kinds()
SCHEMAS = {kind.type: schema_of(kind) for kind in KINDS}
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)


def test_everything_that_is_checked_in_is_fresh() -> None:
    assert files.stale() == [], "run: make derive"
    assert main(["derive", "--check"]) == 0


def test_check_finds_a_missing_an_edited_and_a_surplus_file(tmp_path: Path) -> None:
    files.write(tmp_path)
    assert files.stale(tmp_path) == []
    (tmp_path / "libs/events/schemas/portal.SignedIn.v1.json").unlink()
    (tmp_path / "libs/events/asyncapi.yaml").write_text("{}")
    (tmp_path / "docs/events/gone.md").write_text("# Gone")
    changed = [
        "docs/events/gone.md",
        "libs/events/asyncapi.yaml",
        "libs/events/schemas/portal.SignedIn.v1.json",
    ]
    assert files.stale(tmp_path) == changed
    assert files.write(tmp_path) == changed
    assert files.stale(tmp_path) == []


def test_an_event_without_an_example_is_named(tmp_path: Path) -> None:
    shutil.copytree(files.EXAMPLES, tmp_path / "examples")
    (tmp_path / "examples" / "portal.SignedIn.v1.json").unlink()
    with pytest.raises(KeyError, match=r"portal\.SignedIn\.v1"):
        files.stale(tmp_path, tmp_path / "examples")


@EACH
def test_a_schema_allows_unknown_fields_and_requires_the_ids(kind: Kind[Event]) -> None:
    schema = SCHEMAS[kind.type]
    assert schema["$schema"] == DRAFT
    assert "additionalProperties" not in schema
    required = schema["required"]
    assert {"business_id", kind.topic.id_field} <= set(cast("list[str]", required))


@EACH
def test_every_reference_in_a_schema_resolves(kind: Kind[Event]) -> None:
    definitions = part(SCHEMAS[kind.type], "$defs")
    for name in re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMAS[kind.type])):
        assert name in definitions


@EACH
def test_every_field_of_every_part_says_what_it_means(kind: Kind[Event]) -> None:
    def unexplained(schema: Json) -> list[str]:
        here = [
            name
            for name, field in part(schema, "properties").items()
            if "description" not in cast(Json, field)
        ]
        parts = cast("dict[str, Json]", part(schema, "$defs"))
        return here + [f"{name}.{field}" for name, inner in parts.items() for field in unexplained(inner)]

    assert unexplained(SCHEMAS[kind.type]) == []


def test_money_is_marked_with_where_its_currency_is() -> None:
    properties = part(SCHEMAS["servicehub.InvoiceIssued.v1"], "properties")
    assert part(properties, "total")["x-money"] == {"unit": "minor", "currency": "/currency"}
    assert "x-money" not in json.dumps(properties["number"])
    assert {"currency"} <= set(Invoice.__struct_fields__) & set(Payment.__struct_fields__)


def test_a_meaning_is_inherited_where_it_is_not_said_anew() -> None:
    assert meanings(SessionRevoked)["revoked_at"] == "When it ended before its time; from then on it is dead."


def test_events_of_one_state_share_its_schema_and_a_stricter_one_has_its_own() -> None:
    payloads = Payloads(REGISTRY)
    named = {kind.cls.__name__: payloads.name(kind) for kind in KINDS}
    assert named["InvoiceVoided"] == "Invoice"
    assert named["InvoiceErased"] == "InvoiceErased"
    assert (named["SignedIn"], named["SessionRevoked"]) == ("SignedIn", "SessionRevoked")


def test_the_topics_say_who_writes_and_who_reads() -> None:
    facts = {each.name: each for each in topic_facts(REGISTRY)}
    assert set(facts) == {topic.name for topic in TOPICS}
    payments = facts["portal.payments.v1"]
    assert (payments.publisher, payments.readers) == (
        "billing",
        ("notifier", "portal-read", "servicehub-core"),
    )
    assert payments.key == "{business_id}/{payment_id}"
    assert facts["servicehub.customers.v1"].publisher == "servicehub-core"


def test_a_manifest_names_the_topic_as_kubernetes_allows_it() -> None:
    for manifest, topic in zip(manifests(REGISTRY), TOPICS, strict=True):
        spec = part(manifest, "spec")
        assert part(manifest, "metadata")["name"] == topic.name
        assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", topic.name)
        assert part(spec, "config")["cleanup.policy"] == topic.config["cleanup.policy"]
        assert spec["partitions"] == 12


def test_the_reference_tells_every_event_and_every_field() -> None:
    pages = "".join(path.read_text() for path in (REPOSITORY / "docs/events").glob("*.md"))
    for kind in KINDS:
        assert f"`{kind.type}`" in pages
        assert all(f"| `{field}` |" in pages for field in kind.cls.__struct_fields__)


def _titled(node: object) -> Iterator[tuple[str, Json]]:
    """Every object and enumeration of the AsyncAPI document's schemas, with its title."""
    if isinstance(node, list):
        for item in cast("list[object]", node):
            yield from _titled(item)
    if isinstance(node, dict):
        schema = cast("dict[str, object]", node)
        if "enum" in schema or (
            isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
        ):
            yield str(schema.get("title", "")), schema
        for part_of in schema.values():
            yield from _titled(part_of)


def test_asyncapi_names_every_object_and_enumeration_once_as_an_identifier() -> None:
    named: dict[str, Json] = {}
    for title, schema in _titled(Payloads(REGISTRY).schemas()):
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", title), schema
        assert named.setdefault(title, schema) == schema, title
    assert {"AppointmentStatus", "RecordedPaymentMethod", "ContactRole", "VisitWindow"} <= named.keys()


def test_asyncapi_has_nothing_that_a_generator_makes_a_nameless_class_or_no_code_of() -> None:
    text = json.dumps(Payloads(REGISTRY).schemas())
    assert re.findall(r'"(?:anyOf|allOf|oneOf)"|"default": (?:\[\]|null)', text) == []


def test_asyncapi_counts_money_in_64_bits_and_pixels_in_32() -> None:
    schemas = Payloads(REGISTRY).schemas()

    def field(schema: str, name: str) -> Json:
        return part(part(part(schemas, schema), "properties"), name)

    for schema, name in (("Invoice", "total"), ("PartialPayment", "minimum"), ("Business", "generation")):
        assert field(schema, name)["format"] == "int64"
    assert "format" not in field("Logo", "width")
    assert (field("Invoice", "due_on")["format"], field("VisitWindow", "start")["format"]) == (
        "date",
        "date-time",
    )
