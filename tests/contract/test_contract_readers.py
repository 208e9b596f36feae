"""Who reads what, as the topics state it, is who really reads: the gate names them, access follows them."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from chassis.events_in import subscriptions
from servicehub_events import TOPICS, Event, topics

SERVICES = Path(__file__).parents[2] / "services"
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


def subscribed(service: str) -> Iterator[str]:
    """The topics that follow from a service's tables of reactions."""
    if (SERVICES / service / "src" / (package := service.replace("-", "_")) / "reactions.py").exists():
        for name, table in vars(importlib.import_module(f"{package}.reactions")).items():
            if name.isupper() and isinstance(table, dict):
                yield from subscriptions(cast("dict[type[Event], object]", table))


def read_by(service: str) -> set[str]:
    """Every topic that a service reads."""
    return {*imported(service), *subscribed(service)}


@pytest.mark.parametrize("service", NAMES)
def test_a_service_is_stated_as_a_reader_of_all_that_it_reads(service: str) -> None:
    stated = {topic.name for topic in TOPICS if service in topic.readers}
    assert read_by(service) <= stated


def test_the_code_names_what_it_reads_so_that_this_can_fail() -> None:
    assert {"servicehub.invoices.v1", "portal.sessions.v1"} <= read_by("billing")
    assert "portal.codes.v1" in read_by("notifier")


def test_every_publisher_and_reader_is_a_service_or_servicehub() -> None:
    known = {*NAMES, "servicehub-core"}
    assert {topic.publisher for topic in TOPICS} <= known
    assert {reader for topic in TOPICS for reader in topic.readers} <= known
