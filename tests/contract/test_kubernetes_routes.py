"""The cluster's gateway routes the same table as the local one, and nothing that is not for customers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from local_stack.servers.gateway import ROUTES

from tests.contract.support.kubernetes_manifests import OVERLAYS, Manifest, config_maps, of_kind, one, render

TABLE = {(route.prefix, f"{route.service}-api") for route in ROUTES}
PAGES = {"/portal", "/n", "/robots.txt", "/.well-known"}
"""What people open, and may type or follow without https."""
OWN = ("/internal", "/health", "/metrics")


def found(manifests: list[Manifest]) -> set[tuple[str, str]]:
    """Every (prefix, Service) that is routed; a match of another kind than by prefix has no prefix."""
    routes: list[Any] = list(of_kind(manifests, "HTTPRoute"))
    return {
        (match["path"]["value"] if match["path"]["type"] == "PathPrefix" else "", backend["name"])
        for route in routes
        for rule in route["spec"]["rules"]
        for backend in rule.get("backendRefs", [])
        for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_routes_are_those_of_the_local_gateway(overlay: str) -> None:
    assert found(render(overlay)) == TABLE


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_for_operators_and_services_is_not_routed(overlay: str) -> None:
    for prefix, _ in found(render(overlay)):
        assert not [own for own in OWN if own.startswith(prefix) or prefix.startswith(own)]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_route_ends_at_a_port_of_a_service(overlay: str) -> None:
    manifests = render(overlay)
    services: list[Any] = list(of_kind(manifests, "Service"))
    ports = {(each["metadata"]["name"], each["spec"]["ports"][0]["port"]) for each in services}
    assert {each["spec"]["ports"][0]["targetPort"] for each in services} == {"http"}
    routes: list[Any] = list(of_kind(manifests, "HTTPRoute"))
    rules = [rule for route in routes for rule in route["spec"]["rules"]]
    assert {(b["name"], b["port"]) for rule in rules for b in rule.get("backendRefs", [])} <= ports


def test_production_has_one_origin_with_a_certificate_and_sends_plain_http_there() -> None:
    manifests = render("production")
    (origin,) = [data["PUBLIC_ORIGIN"] for data in config_maps(manifests).values() if "PUBLIC_ORIGIN" in data]
    gateway: Any = one(manifests, "Gateway", "portal")
    listeners = {each["name"]: each for each in gateway["spec"]["listeners"]}
    assert {each["hostname"] for each in listeners.values()} == {urlsplit(origin).hostname}
    assert listeners["public"]["protocol"] == "HTTPS"
    assert listeners["public"]["tls"]["certificateRefs"]
    routes: list[Any] = list(of_kind(manifests, "HTTPRoute"))
    on_plain = [each for each in routes if each["spec"]["parentRefs"][0]["sectionName"] != "public"]
    assert [each["metadata"]["name"] for each in on_plain] == ["to-https"]
    (rule,) = on_plain[0]["spec"]["rules"]
    assert sorted(rule) == ["filters", "matches"]
    assert {match["path"]["value"] for match in rule["matches"]} == PAGES


def test_a_program_that_sends_its_key_over_plain_http_is_not_led_to_https() -> None:
    """It would go on sending it, readable on its way, and nobody would notice (ASVS 4.1.2)."""
    rule: Any = one(render("production"), "HTTPRoute", "to-https")
    led = [
        match["path"]["value"]
        for rule in rule["spec"]["rules"]
        for match in rule.get("matches", [{"path": {"value": "/"}}])
    ]
    for program in (
        "/branding/businesses/b1",
        "/billing/businesses/b1/account",
        "/billing/webhooks/stripe",
        "/internal/x",
    ):
        assert not [prefix for prefix in led if program.startswith(prefix)], program


def matches_of(manifests: list[Manifest], name: str) -> Any:
    route: Any = one(manifests, "HTTPRoute", name)
    return route["spec"]["rules"][0]["matches"]


def route_what_is_internal(manifests: list[Manifest]) -> None:
    matches_of(manifests, "auth-otp").append({"path": {"type": "PathPrefix", "value": "/internal"}})


def route_everything(manifests: list[Manifest]) -> None:
    matches_of(manifests, "portal-read")[0]["path"]["value"] = "/"


def forget_a_route(manifests: list[Manifest]) -> None:
    manifests.remove(one(manifests, "HTTPRoute", "notifier"))


def swap_a_backend(manifests: list[Manifest]) -> None:
    route: Any = one(manifests, "HTTPRoute", "billing")
    route["spec"]["rules"][0]["backendRefs"][0]["name"] = "branding-api"


def match_exactly(manifests: list[Manifest]) -> None:
    matches_of(manifests, "auth-otp")[0]["path"]["type"] = "Exact"


@pytest.mark.parametrize(
    "break_it", [route_what_is_internal, route_everything, forget_a_route, swap_a_backend, match_exactly]
)
def test_another_table_is_found_out(break_it: Callable[[list[Manifest]], None]) -> None:
    manifests = render("production")
    break_it(manifests)
    assert found(manifests) != TABLE
