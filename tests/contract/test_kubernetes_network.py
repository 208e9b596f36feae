"""Nothing is open that is not needed: who reaches which server, and who reaches whom."""

from collections import defaultdict
from importlib import import_module
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from chassis.process import ServiceDefinition
from local_stack.servers.gateway import ROUTES

from tests.contract.support.kubernetes_manifests import (
    OVERLAYS,
    Manifest,
    Workload,
    of_kind,
    one,
    render,
    workloads,
)
from tests.contract.support.kubernetes_network import Policy, egress, ingress, policies, reaches
from tests.contract.support.kubernetes_settings import told

SERVICES = ("auth-otp", "portal-read", "billing", "notifier", "branding")
PROCESSES = ("api", "worker", "migrate")
KAFKA = {"dev": 9092, "production": 9093}
DEFINITIONS: dict[str, ServiceDefinition[Any, Any]] = {
    service: import_module(f"{service.replace('-', '_')}.service").SERVICE for service in SERVICES
}
ASKING: dict[tuple[str, str], set[str]] = {
    (service, process): {setting for setting, asking in definition.asks.items() if process in asking}
    for service, definition in DEFINITIONS.items()
    for process in ("api", "worker")
}
"""The servers that each process asks, by the settings that say where they are."""
OTHERS = {"auth_otp_url": "auth-otp", "billing_url": "billing", "notifier_url": "notifier"}
ASKS = {
    (asking, OTHERS[setting])
    for asking, settings in ASKING.items()
    for setting in settings
    if setting in OTHERS
}
"""Which process asks the api of which service."""
PORTS = {"redis_url": {6379}, "smtp_url": {465, 587}, "stripe_api_base": {443}, "twilio_base_url": {443}}
INSIDE = ("10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.1.1")


def may_reach(overlay: str) -> dict[int | str, set[tuple[str, str]]]:
    """Port → the processes that may speak to servers there."""
    everybody = {(service, process) for service in SERVICES for process in PROCESSES}
    serving = {each for each in everybody if each[1] != "migrate"}
    return {
        53: everybody,
        5432: everybody,
        4318: serving,
        KAFKA[overlay]: {each for each in serving if each[1] == "worker"},
        **{port: who_asks_at(port) for ports in PORTS.values() for port in ports},
        "http": {asking for asking, _ in ASKS},
    }


def who_asks_at(port: int) -> set[tuple[str, str]]:
    """The processes that ask a server at this port."""
    return {asking for asking, settings in ASKING.items() if any(port in PORTS.get(s, ()) for s in settings)}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_says_who_asks_at_each_address_that_it_is_told(service: str) -> None:
    """The doctor looks there, and nowhere else; policies let it through."""
    fields = msgspec.structs.fields(DEFINITIONS[service].settings)
    places = {each.name for each in fields if each.name.endswith(("_url", "_base"))} - {"database_url"}
    assert set(DEFINITIONS[service].asks) == places <= OTHERS.keys() | PORTS.keys()


def test_a_process_that_asks_where_no_policy_lets_it_is_found_out() -> None:
    """Valkey is for auth-otp's api alone: its worker must not be said to ask there."""
    assert ("auth-otp", "worker") not in found_to_reach(render("production"))[6379]
    assert who_asks_at(6379) == {("auth-otp", "api")}


def found_to_reach(manifests: list[Manifest]) -> dict[int | str, set[tuple[str, str]]]:
    found: defaultdict[int | str, set[tuple[str, str]]] = defaultdict(set)
    for workload in workloads(manifests):
        for rule in egress(policies(manifests), workload):
            for each in rule.ports:
                found[each.port].add((workload.service, workload.process))
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_process_reaches_the_servers_it_needs_and_no_other(overlay: str) -> None:
    assert found_to_reach(render(overlay)) == may_reach(overlay)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_whatever_no_policy_names_is_denied(overlay: str) -> None:
    spec: Any = one(render(overlay), "NetworkPolicy", "default-deny")["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def named(manifests: list[Manifest], service: str, process: str) -> Workload:
    (found,) = [each for each in workloads(manifests) if (each.service, each.process) == (service, process)]
    return found


def test_only_who_verifies_sessions_and_who_sends_codes_asks_other_services() -> None:
    manifests = render("production")
    found = policies(manifests)
    apis = [named(manifests, service, "api") for service in SERVICES]
    assert {
        ((asking.service, asking.process), asked.service)
        for asking in workloads(manifests)
        for asked in apis
        if asking != asked and reaches(found, asking, asked)
    } == ASKS


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_is_open_to_monitoring_who_asks_it_and_if_it_is_routed_the_gateway(service: str) -> None:
    manifests = render("production")
    sources = [
        peer
        for rule in ingress(policies(manifests), named(manifests, service, "api"))
        for peer in rule.sources
    ]
    outer = [peer.namespace_selector for peer in sources if peer.namespace_selector]
    routed = service in {route.service for route in ROUTES}
    roles = ["gateway", "monitoring"] if routed else ["monitoring"]
    assert [each.match_expressions[0].values for each in outer] == [roles]
    assert len(sources) - len(outer) == len([asked for _, asked in ASKS if asked == service])
    assert all(rule.sources for rule in ingress(policies(manifests), named(manifests, service, "api")))


@pytest.mark.parametrize("service", ["billing", "notifier"])
def test_who_speaks_to_the_internet_cannot_be_turned_inwards(service: str) -> None:
    manifests = render("production")
    rules = egress(policies(manifests), named(manifests, service, "worker"))
    ((block,),) = [[peer.ip_block for peer in r.targets] for r in rules if 443 in [p.port for p in r.ports]]
    assert block is not None
    for address in INSIDE:
        assert any(ip_address(address) in ip_network(network) for network in block.except_)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_process_is_told_to_ask_it_can_reach(overlay: str) -> None:
    manifests = render(overlay)
    services = {each["metadata"]["name"] for each in _any(of_kind(manifests, "Service"))}
    for process in told(manifests):
        if process.workload.process == "worker":
            bootstrap = str(process.variables["KAFKA_BOOTSTRAP"])
            assert {int(each.rpartition(":")[2]) for each in bootstrap.split(",")} == {KAFKA[overlay]}
        for name in {"AUTH_OTP_URL", "BILLING_URL", "NOTIFIER_URL"} & set(process.variables):
            assert urlsplit(str(process.variables[name])).hostname in services


def test_a_service_that_opens_valkey_for_itself_is_found_out() -> None:
    manifests = render("production")
    policy = _any([one(manifests, "NetworkPolicy", "branding-api")])[0]
    policy["spec"]["egress"].append({"ports": [{"protocol": "TCP", "port": 6379}]})
    assert found_to_reach(manifests) != may_reach("production")


@pytest.mark.parametrize(
    ("policy", "asking", "asked"),
    [
        ("billing-api-from-portal-read", ("portal-read", "api"), "billing"),
        ("notifier-api-from-callers", ("auth-otp", "worker"), "notifier"),
        ("notifier-api-from-callers", ("portal-read", "api"), "notifier"),
        ("auth-otp-worker-to-notifier", ("auth-otp", "worker"), "notifier"),
        ("billing-api-to-auth-otp", ("billing", "api"), "auth-otp"),
        ("auth-otp-api-from-verifiers", ("billing", "api"), "auth-otp"),
    ],
)
def test_a_peer_that_lost_its_policy_is_found_out(policy: str, asking: tuple[str, str], asked: str) -> None:
    manifests = render("production")
    manifests.remove(one(manifests, "NetworkPolicy", policy))
    found: list[Policy] = policies(manifests)
    assert not reaches(found, named(manifests, *asking), named(manifests, asked, "api"))


def _any(manifests: Any) -> list[Any]:
    return list(manifests)
