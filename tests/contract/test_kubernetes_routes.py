"""The cluster's gateway routes the same table as the local one, and nothing that is not for customers."""

from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
from branding.domain.domain_gateway import LARGEST, domain_gateway
from local_stack.servers.gateway import FRONT, ROUTES

from tests.contract.support.kubernetes_manifests import OVERLAYS, Manifest, config_maps, of_kind, one, render
from tests.contract.support.kubernetes_schema import VERSIONS, schema_problems

TABLE = {(route.prefix, f"{route.service}-api") for route in ROUTES}
PAGES = {"/portal", "/n", "/robots.txt", "/sitemap.xml", "/.well-known"}
"""What people open, and may type or follow without https."""
OWN = ("/internal", "/health", "/metrics")


def found(manifests: list[Manifest], gateway: str = "portal") -> set[tuple[str, str]]:
    """Every (prefix, Service) that a Gateway routes; a match of another kind than by prefix has no prefix."""
    routes: list[Any] = [
        route for route in of_kind(manifests, "HTTPRoute") if gateway in dict(parents_of(route))
    ]
    return {
        (match["path"]["value"] if match["path"]["type"] == "PathPrefix" else "", backend["name"])
        for route in routes
        for rule in route["spec"]["rules"]
        for backend in rule.get("backendRefs", [])
        for match in rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
    }


def parents_of(route: Any) -> list[tuple[str, object]]:
    """Gateway, and listener or port, of each parent."""
    parents = route["spec"]["parentRefs"]
    return [(each["name"], each.get("sectionName") or each.get("port")) for each in parents]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_routes_are_those_of_the_local_gateway(overlay: str) -> None:
    assert found(render(overlay)) == TABLE


SETTINGS_API = {"/branding/businesses", "/billing/businesses"}
"""What programs call with a key of an integration, below these."""


def refused(manifests: list[Manifest], gateway: str) -> set[str]:
    """The prefixes that a Gateway answers with 404: their rule has no backend, and no filter that answers."""
    return {
        prefix
        for route in of_kind(manifests, "HTTPRoute")
        if gateway in dict(parents_of(route))
        for rule in _any(route)["spec"]["rules"]
        if not rule.get("backendRefs") and not rule.get("filters")
        for prefix in paths_of(rule, "PathPrefix")
    }


def _any(manifest: Manifest) -> Any:
    return manifest


@pytest.mark.parametrize("gateway", ["portal", "portal-domains"])
def test_the_public_does_not_reach_the_settings_api(gateway: str) -> None:
    assert refused(render("production"), gateway) == SETTINGS_API


def test_the_settings_api_is_every_route_that_takes_the_key_of_an_integration() -> None:
    paths = {
        route.path
        for service in ("branding", "billing")
        for route in import_module(f"{service}.service").SERVICE.routes
        if "/businesses/" in route.path and not route.path.startswith("/internal/")
    }
    assert paths
    assert {f"/{path.split('/')[1]}/businesses" for path in paths} == SETTINGS_API


def test_servicehub_reaches_it_on_a_gateway_of_its_own_that_has_nothing_else() -> None:
    manifests = render("production")
    routed = found(manifests, "portal-settings")
    assert routed == {
        ("/branding/businesses", "branding-api"),
        ("/branding/openapi.json", "branding-api"),
        ("/billing/businesses", "billing-api"),
    }
    (listener,) = _any(one(manifests, "Gateway", "portal-settings"))["spec"]["listeners"]
    assert (listener["protocol"], listener["tls"]["mode"]) == ("HTTPS", "Terminate")
    public = _any(one(manifests, "Gateway", "portal"))["spec"]
    assert listener["hostname"] not in {each["hostname"] for each in public["listeners"]}


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


def test_a_domain_of_a_business_has_all_routes_of_the_platform_and_its_bare_host_and_none_in_plain() -> None:
    manifests = render("production")
    assert found(manifests, "portal-domains") == TABLE | {("", f"{FRONT.service}-api")}
    front: Any = one(manifests, "HTTPRoute", "domain-front")
    assert front["spec"]["rules"][0]["matches"] == [{"path": {"type": "Exact", "value": FRONT.prefix}}]
    routes: list[Any] = list(of_kind(manifests, "HTTPRoute"))
    ports = {(route["metadata"]["name"], dict(parents_of(route)).get("portal-domains")) for route in routes}
    assert {name for name, port in ports if port == 80} == {"to-https"}


@pytest.mark.judge
@pytest.mark.parametrize("domains", [[], ["shiny.example"], [f"d{n}.example" for n in range(LARGEST)]])
def test_the_gateway_of_domains_is_one_that_the_api_takes(domains: list[str]) -> None:
    manifest = domain_gateway(domains, "portal", "letsencrypt")
    assert schema_problems([manifest], VERSIONS[-1]) == []


def test_each_domain_has_a_listener_and_a_certificate_of_its_own() -> None:
    manifest: Any = domain_gateway(["a.example", "b.example"], "portal", "letsencrypt")
    assert manifest["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}
    plain, *listeners = manifest["spec"]["listeners"]
    assert (plain["protocol"], plain["port"], "hostname" in plain) == ("HTTP", 80, False)
    assert [each["hostname"] for each in listeners] == ["a.example", "b.example"]
    assert {(each["protocol"], each["port"]) for each in listeners} == {("HTTPS", 443)}
    assert len({each["tls"]["certificateRefs"][0]["name"] for each in listeners}) == 2
    with pytest.raises(ValueError, match="room for 63"):
        domain_gateway(["x.example"] * 64, "portal", "letsencrypt")


def test_production_has_one_origin_with_a_certificate_and_sends_plain_http_there() -> None:
    manifests = render("production")
    (origin,) = [data["PUBLIC_ORIGIN"] for data in config_maps(manifests).values() if "PUBLIC_ORIGIN" in data]
    gateway: Any = one(manifests, "Gateway", "portal")
    listeners = {each["name"]: each for each in gateway["spec"]["listeners"]}
    assert {each["hostname"] for each in listeners.values()} == {urlsplit(origin).hostname}
    assert listeners["public"]["protocol"] == "HTTPS"
    assert listeners["public"]["tls"]["certificateRefs"]
    routes: list[Any] = list(of_kind(manifests, "HTTPRoute"))
    on_plain = [each for each in routes if ("portal", "plain") in parents_of(each)]
    assert [each["metadata"]["name"] for each in on_plain] == ["to-https"]
    (rule,) = on_plain[0]["spec"]["rules"]
    assert sorted(rule) == ["filters", "matches"]
    assert paths_of(rule, "PathPrefix") == PAGES
    assert paths_of(rule, "Exact") == {FRONT.prefix}


def paths_of(rule: Any, kind: str) -> set[str]:
    """The paths that a rule matches in one way; one without any matches all."""
    matches = rule.get("matches", [{"path": {"type": "PathPrefix", "value": "/"}}])
    return {match["path"]["value"] for match in matches if match["path"]["type"] == kind}


def test_a_program_that_sends_its_key_over_plain_http_is_not_led_to_https() -> None:
    """It would go on sending it, readable on its way, and nobody would notice (ASVS 4.1.2).

    So it is at every host, the platform's and those of businesses.
    """
    routes: list[Any] = list(of_kind(render("production"), "HTTPRoute"))
    rules = [rule for route in routes for rule in route["spec"]["rules"] if rule.get("filters")]
    led = {prefix for rule in rules for prefix in paths_of(rule, "PathPrefix")}
    for program in (
        "/branding/businesses/b1",
        "/billing/businesses/b1/account",
        "/billing/webhooks/stripe",
        "/notifications/webhooks/twilio/replies",
        "/internal/x",
    ):
        assert not [prefix for prefix in led if program.startswith(f"{prefix}/")], program


def matches_of(manifests: list[Manifest], name: str) -> Any:
    route: Any = one(manifests, "HTTPRoute", name)
    return route["spec"]["rules"][0]["matches"]


def route_what_is_internal(manifests: list[Manifest]) -> None:
    matches_of(manifests, "auth-otp").append({"path": {"type": "PathPrefix", "value": "/internal"}})


def route_everything(manifests: list[Manifest]) -> None:
    matches_of(manifests, "portal-read")[0]["path"]["value"] = "/"


def forget_a_route(manifests: list[Manifest]) -> None:
    manifests.remove(one(manifests, "HTTPRoute", "branding"))


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
