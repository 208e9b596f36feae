"""Who reads what, as the topics state it, is who really reads: the gate names them, access follows them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from servicehub_events import TOPICS, topics

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


@pytest.mark.parametrize("service", NAMES)
def test_a_service_is_stated_as_a_reader_of_all_that_it_reads(service: str) -> None:
    stated = {topic.name for topic in TOPICS if service in topic.readers}
    assert set(imported(service)) <= stated


def test_the_code_names_what_it_reads_so_that_this_can_fail() -> None:
    assert {"servicehub.invoices.v1", "portal.sessions.v1"} <= set(imported("billing"))
    assert "portal.codes.v1" in set(imported("notifier"))


def test_every_publisher_and_reader_is_a_service_or_servicehub() -> None:
    known = {*NAMES, "servicehub-core"}
    assert {topic.publisher for topic in TOPICS} <= known
    assert {reader for topic in TOPICS for reader in topic.readers} <= known
