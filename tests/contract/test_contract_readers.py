"""Who reads what, as the topics state it, is who really reads: the gate names them, access follows them."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest
from chassis.events_in import subscriptions
from servicehub_events import TOPICS, Event, topics

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
NAMES = sorted(path.name for path in SERVICES.iterdir() if (path / "src").is_dir())


def imported(service: str) -> Iterator[str]:
    """The topics that a service's code names. It publishes by event, so whoever names a topic reads it."""
    for path in (SERVICES / service / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "servicehub_events.topics":
                for alias in node.names:
                    found = getattr(topics, alias.name)
                    if isinstance(found, topics.Topic):
                        yield found.name


def reacted_to(service: str) -> Iterator[str]:
    """The topics that a service's tables of reactions subscribe to."""
    name = f"{service.replace('-', '_')}.reactions"
    for table in vars(import_module(name)).values() if find_spec(name) else ():
        if isinstance(table, dict) and all(_is_event(key) for key in cast("dict[object, object]", table)):
            yield from subscriptions(cast("dict[type[Event], Any]", table))


def _is_event(key: object) -> bool:
    return isinstance(key, type) and issubclass(key, Event)


@pytest.mark.parametrize("service", NAMES)
def test_a_service_is_stated_as_a_reader_of_what_it_reads_and_of_nothing_else(service: str) -> None:
    stated = {topic.name for topic in TOPICS if service in topic.readers}
    assert {*imported(service), *reacted_to(service)} == stated


@pytest.mark.parametrize("service", NAMES)
def test_operators_are_told_to_grant_what_a_service_writes_and_reads_and_no_more(service: str) -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()
    ((writes, reads),) = re.findall(
        rf"^\| `{service}` \| ([^|]*) \| ([^|]*) \| [^|]* \| [^|]* \|$", guide, re.MULTILINE
    )
    assert set(re.findall(r"`([^`]+)`", writes)) == {
        each.name for each in TOPICS if each.publisher == service
    }
    read = {topic.name.split(".")[1] for topic in TOPICS if service in topic.readers}
    assert set(re.findall(r"\w+", reads)) == read


def test_every_publisher_and_reader_is_a_service_or_servicehub() -> None:
    known = {*NAMES, "servicehub-core"}
    assert {topic.publisher for topic in TOPICS} <= known
    assert {reader for topic in TOPICS for reader in topic.readers} <= known
