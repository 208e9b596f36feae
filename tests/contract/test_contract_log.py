"""What producers really sent, held against the published schemas and the golden examples."""

from collections.abc import Iterator
from typing import Protocol, cast

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from local_stack.environment import Addresses
from portal_testing.stack.whole_log import LogRecord, read_all
from servicehub_events_tools.examples import read_examples
from servicehub_events_tools.gate import load

from tests.contract.support.recording import as_example

pytestmark = pytest.mark.stack


class Validator(Protocol):
    """What we ask of jsonschema, whose own types end in the middle."""

    def iter_errors(self, instance: object) -> Iterator[ValidationError]: ...


def validator(schema: object) -> Validator:
    return cast(
        Validator, Draft202012Validator(cast("dict[str, object]", schema), format_checker=FormatChecker())
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def log(portal: Addresses) -> list[LogRecord]:
    """Every record that the stack of this test run has sent so far."""
    return await read_all(portal.kafka_bootstrap)


def test_every_record_has_a_schema_that_takes_it(log: list[LogRecord]) -> None:
    validators = {name: validator(schema) for name, schema in load().schemas.items()}
    assert log
    for each in map(as_example, log):
        problems = [error.message for error in validators[each.type].iter_errors(each.value)]
        assert problems == [], each.type


def test_whatever_is_sent_has_a_golden_example_from_a_log(log: list[LogRecord]) -> None:
    recorded = {name for name, example in read_examples().items() if example.origin == "log"}
    unrecorded = {each.headers["ce_type"] for each in log} - recorded
    assert unrecorded == set(), "run: python -m tests.contract.support.recording"
