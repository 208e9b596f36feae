"""The document of the settings API says what the service does, and is served and checked in as it is."""

import json
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import pytest
from branding.domain.portal import decide
from branding.errors import InvalidBranding
from branding.http.body import BrandingIn, read_branding
from branding.http.openapi import document
from branding.http.openapi_schemas import EXAMPLE, PROOF_EXAMPLE
from branding.http.routes import REFUSALS, ROUTES
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator
from servicehub_events_tools import REPOSITORY

from .branding_examples import body
from .test_round_trip import answer

DOCUMENT: dict[str, Any] = json.loads(json.dumps(document(REFUSALS)))
COMMITTED = REPOSITORY / "services/branding/openapi.json"
OPERATIONS = [
    (path, method, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
]


def faults(name: str, value: object) -> list[str]:
    """What a schema of the document says against a value."""
    schema = {**DOCUMENT, "$ref": f"#/components/schemas/{name}"}
    errors: Iterator[Any] = Draft202012Validator(schema).iter_errors(cast("Any", value))  # pyright: ignore[reportUnknownMemberType]
    return [str(error.message) for error in errors]


def test_what_is_checked_in_is_what_is_served() -> None:
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, "run: make derive"


def test_it_is_an_openapi_document() -> None:
    OpenAPI.model_validate(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_has_every_route_that_takes_the_key_and_no_other() -> None:
    keyed = {(route.path, route.method.lower()) for route in ROUTES if "{business_id}" in route.path}
    assert {(path, method) for path, method, _ in OPERATIONS} == keyed


def test_every_refusal_of_the_service_is_in_it() -> None:
    told = json.dumps(DOCUMENT["paths"])
    assert [refusal for refusal in REFUSALS if f'"{refusal.code}"' not in told] == []


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_each_problem_says_its_status_and_fits_its_schema(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    for status, said in operation["responses"].items():
        for content in said.get("content", {}).values():
            name = content["schema"]["$ref"].rpartition("/")[2]
            values = [example["value"] for example in content["examples"].values()]
            assert [fault for value in values for fault in faults(name, value)] == []
            assert status == "200" or {value["status"] for value in values} == {int(status)}


def test_the_example_is_taken_and_answered_as_it_says() -> None:
    (event,) = decide(read_branding(msgspec.json.encode(EXAMPLE), "b1", PROOF_EXAMPLE), None)
    assert not event.violations()
    examples = DOCUMENT["paths"]["/branding/businesses/{business_id}"]["put"]["responses"]["200"]
    value = examples["content"]["application/json"]["examples"]["portal"]["value"]
    assert value | {"business_id": "b1"} == answer(event)


@pytest.mark.parametrize(
    "changes", [{}, {"website": None}, {"colours": {"primary": "#123456"}, "primary_colour": ...}]
)
def test_the_schema_takes_what_the_service_takes(changes: dict[str, object]) -> None:
    assert faults("BrandingIn", body(**changes)) == []
    read_branding(msgspec.json.encode(body(**changes)), "b1", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "ab"},
        {"primary_colour": "red"},
        {"locales": ["la"]},
        {"locales": []},
        {"currency": "yen"},
        {"stripe_account": "sk_live_1"},
        {"support": {"fax": "1"}},
        {"reminders": {"hours_before": [0]}},
        {"name": 7},
        {"theme_css": ""},
    ],
)
def test_the_schema_refuses_what_the_service_refuses(changes: dict[str, object]) -> None:
    assert faults("BrandingIn", body(**changes))
    with pytest.raises(InvalidBranding):
        read_branding(msgspec.json.encode(body(**changes)), "b1", "")


def test_every_field_says_what_it_means() -> None:
    silent = [
        f"{name}.{field}"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
        if not said.get("description")
    ]
    assert silent == []
    assert {*BrandingIn.model_fields} <= {*DOCUMENT["components"]["schemas"]["BrandingIn"]["properties"]}
