"""The picture of docs/architecture.md is the house: its topics, its routes, and who calls whom."""

import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from chassis.settings import ServiceSettings
from local_stack.servers.gateway import ROUTES
from servicehub_events import TOPICS

ROOT = Path(__file__).parents[2]
SERVICES = ("auth_otp", "billing", "branding", "notifier", "portal_read")
_NODE = re.compile(r'^ +(\w+)[(\[]+"(.+)"[)\]]+$', re.MULTILINE)
_LINE = re.compile(r'^ +(\w+) (-->|<-->|={3,})(?:\|"(.+)"\|)? (\w+)$', re.MULTILINE)

STORES = {"database_url": "PostgreSQL", "redis_url": "Valkey"}
CALLS = {
    "auth_otp_url": "auth_otp",
    "billing_url": "billing",
    "notifier_url": "notifier",
    "smtp_url": "senders",
    "stripe_api_base": "stripe",
    "twilio_base_url": "senders",
}
"""A setting that says where somebody is, and who that is: the service calls it."""
CALLED_BY = {
    "integration_keys": "servicehub",
    "stripe_webhook_secrets": "stripe",
    "twilio_auth_token": "senders",
}
"""A setting by which a service knows a caller from outside."""
NOT_DRAWN = {
    "kafka_bootstrap",  # the thick lines are held against the catalogue
    "otel_exporter_otlp_endpoint",  # an operator's choice
    "public_origin",  # where browsers go, as the other two
    "checkout_origins",
    "image_origin",
}
_PLACE = re.compile(r"_(url|base|bootstrap|endpoint|origins?)$")


class Line(NamedTuple):
    """A line of the picture, from one node to another, and the lines of its label."""

    source: str
    arrow: str
    label: tuple[str, ...]
    target: str


class Picture(NamedTuple):
    """What is drawn: the text of each node, and the lines between them."""

    nodes: dict[str, str]
    lines: tuple[Line, ...]


def picture() -> Picture:
    """The one Mermaid block of the page."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    (block,) = re.findall(r"^```mermaid\n(.+?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = (
        Line(source, arrow, tuple(label.split("<br/>")) if label else (), target)
        for source, arrow, label, target in _LINE.findall(block)
    )
    return Picture(dict(_NODE.findall(block)), tuple(lines))


PICTURE = picture()


def requests() -> set[tuple[str, str]]:
    """Who asks whom over HTTP or SMTP, as it is drawn, the gateway's requests aside."""
    thin = [line for line in PICTURE.lines if line.arrow in ("-->", "<-->") and line.source != "gateway"]
    back = {(line.target, line.source) for line in thin if line.arrow == "<-->"}
    return {(line.source, line.target) for line in thin} | back


def settings_of(package: str) -> set[str]:
    kind: type[ServiceSettings] = import_module(f"{package}.settings").Settings
    return {field.name for field in msgspec.structs.fields(kind)}


def node_of(party: str) -> str:
    """The node of a publisher or reader in the catalogue."""
    return "servicehub" if party == "servicehub-core" else party.replace("-", "_")


def test_a_thick_line_carries_the_topics_that_a_service_publishes_and_reads() -> None:
    log = [line for line in PICTURE.lines if line.arrow.startswith("=")]
    assert {line.target for line in log} == {"kafka"}
    drawn = sorted((line.source, *topic.split(" ")) for line in log for topic in line.label)
    names = {topic: topic.name.split(".")[1] for topic in TOPICS}
    published = [(node_of(topic.publisher), "↓", name) for topic, name in names.items()]
    read = [(node_of(reader), "↑", name) for topic, name in names.items() for reader in topic.readers]
    assert drawn == sorted(published + read)


def test_the_gateway_sends_each_path_to_the_service_that_is_drawn() -> None:
    drawn = [(path, line.target) for line in PICTURE.lines if line.source == "gateway" for path in line.label]
    assert sorted(drawn) == sorted((route.prefix, node_of(route.service)) for route in ROUTES)


def test_who_calls_whom_is_what_the_settings_of_each_service_say() -> None:
    told = {(package, field) for package in SERVICES for field in settings_of(package)}
    calls = {(package, CALLS[field]) for package, field in told if field in CALLS}
    from_outside = {(CALLED_BY[field], package) for package, field in told if field in CALLED_BY}
    assert requests() == calls | from_outside | {("browser", "gateway")}


@pytest.mark.parametrize("package", SERVICES)
def test_a_setting_that_names_a_place_is_drawn_or_left_out_on_purpose(package: str) -> None:
    places = {field for field in settings_of(package) if _PLACE.search(field)}
    assert places <= STORES.keys() | CALLS.keys() | NOT_DRAWN


@pytest.mark.parametrize("package", SERVICES)
def test_small_print_names_where_a_service_keeps_its_data(package: str) -> None:
    drawn = re.findall(r"<small>(.+?)</small>", PICTURE.nodes[package])
    assert sorted(drawn) == sorted(STORES[field] for field in settings_of(package) & STORES.keys())
    assert f"<b>{package.replace('_', '-')}</b>" in PICTURE.nodes[package]


def test_every_node_has_a_line_and_no_line_leads_to_one_that_is_not_declared() -> None:
    ends = {end for line in PICTURE.lines for end in (line.source, line.target)}
    assert ends == PICTURE.nodes.keys()
