"""What others make of the contract: AsyncAPI's own parser, and JSON Schema validators that are not ours."""

import json
import os
from collections.abc import Iterator
from typing import cast

import msgspec
import pytest
import yaml
from hypothesis import given, seed, settings
from hypothesis.strategies import SearchStrategy
from servicehub_events import Event, Malformed, decode_event, encode_event
from servicehub_events.json_schema import Json, schema_of
from servicehub_events.registry import REGISTRY
from servicehub_events_tools import REPOSITORY
from servicehub_events_tools.examples import read_examples
from servicehub_events_tools.testing.strategies import events

from tests.contract.support.json_judges import ERROR, Judges, installed
from tests.contract.support.npm import NotInstalled

pytestmark = pytest.mark.judge
DOCUMENT = REPOSITORY / "libs/events/asyncapi.yaml"
KINDS = REGISTRY.kinds()
SCHEMAS = {kind.type: schema_of(kind) for kind in KINDS}
EXAMPLES = {kind.type: read_examples()[kind.type] for kind in KINDS}


@pytest.fixture(scope="module")
def judges() -> Judges:
    """Installed from their lock at the first run. Without a network that is a skip, except in CI."""
    try:
        return installed()
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def test_the_asyncapi_document_and_its_examples_are_valid(judges: Judges) -> None:
    found = judges.of_document(DOCUMENT.read_text())
    assert [each for each in found if each.severity == ERROR] == []
    assert {each.code for each in found} <= {"asyncapi-latest-version"}


def test_a_wrong_example_and_a_wrong_document_would_be_found(judges: Judges) -> None:
    def codes(document: Json) -> set[str]:
        said = judges.of_document(json.dumps(document))
        return {each.code for each in said if each.severity == ERROR}

    document = cast(Json, yaml.safe_load(DOCUMENT.read_text()))
    messages = cast("dict[str, dict[str, list[Json]]]", cast(Json, document["components"])["messages"])
    payload = cast(Json, messages["servicehub.InvoiceIssued.v1"]["examples"][0]["payload"])
    payload["total"] = "a lot"
    assert codes(document) == {"example"}
    del document["info"]
    assert "asyncapi-document-resolved" in codes(document)


def test_ajv_takes_every_golden_example(judges: Judges) -> None:
    values = [(name, example.value) for name, example in EXAMPLES.items()]
    objections = judges.of_values(SCHEMAS, values)
    assert {name: said for (name, _), said in zip(values, objections, strict=True) if said} == {}


def _drawn(strategy: SearchStrategy[Event]) -> list[object]:
    """Fifteen events, as they are on the wire."""
    values: list[object] = []

    @seed(1)
    @settings(max_examples=15, deadline=None, database=None)
    @given(strategy)
    def draw(event: Event) -> None:
        values.append(msgspec.json.decode(encode_event(event)))

    draw()
    return values


def test_ajv_takes_whatever_a_publisher_may_send(judges: Judges) -> None:
    drawn = [(kind.type, value) for kind in KINDS for value in _drawn(events(kind))]
    objections = judges.of_values(SCHEMAS, drawn)
    assert [pair for pair in zip(drawn, objections, strict=True) if pair[1]] == []


def test_ajv_and_the_decoder_refuse_the_same(judges: Judges) -> None:
    bent = list(_bent())
    assert all(judges.of_values(SCHEMAS, bent)), "ajv takes what it should refuse"
    for event_type, value in bent:
        with pytest.raises(Malformed):
            decode_event(event_type, msgspec.json.encode(value))


def _bent() -> Iterator[tuple[str, object]]:
    """Golden examples with a required field left out, or a field of the wrong type."""
    for name, example in EXAMPLES.items():
        for field in cast("list[str]", SCHEMAS[name]["required"]):
            yield name, {key: value for key, value in example.value.items() if key != field}
        for field in example.value:
            yield name, {**example.value, field: 1.5}
