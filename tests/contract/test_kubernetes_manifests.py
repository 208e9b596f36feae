"""What is rendered is what a cluster takes, and no pod may more than it must; each rule has a broken twin."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.support.kubernetes_manifests import OVERLAYS, Manifest, of_kind, one, render, workloads
from tests.contract.support.kubernetes_network import labels_of
from tests.contract.support.kubernetes_pods import pod_problems
from tests.contract.support.kubernetes_schema import VERSIONS, schema_problems

SERVICES = ("auth-otp", "portal-read", "billing", "notifier", "branding")


@pytest.mark.judge
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_api_knows_every_field(overlay: str, version: str) -> None:
    assert schema_problems(render(overlay), version) == []


def misspell_replicas(manifest: Any) -> None:
    manifest["spec"]["replica"] = 2


def misspell_a_probe(manifest: Any) -> None:
    container = manifest["spec"]["template"]["spec"]["containers"][0]
    container["livenesProbe"] = container.pop("livenessProbe")


def give_a_number_as_text(manifest: Any) -> None:
    manifest["spec"]["revisionHistoryLimit"] = "3"


@pytest.mark.judge
@pytest.mark.parametrize("break_it", [misspell_replicas, misspell_a_probe, give_a_number_as_text])
def test_a_broken_deployment_is_refused(break_it: Callable[[Any], None]) -> None:
    manifests = render("production")
    break_it(one(manifests, "Deployment", "auth-otp-api"))
    (problem,) = schema_problems(manifests, VERSIONS[-1])
    assert problem.startswith("Deployment auth-otp-api: ")


@pytest.mark.judge
def test_a_misspelt_field_of_a_route_is_refused() -> None:
    manifests = render("production")
    route: Any = one(manifests, "HTTPRoute", "billing")
    route["spec"]["rules"][0]["backendRef"] = route["spec"]["rules"][0].pop("backendRefs")
    assert len(schema_problems(manifests, VERSIONS[-1])) == 1


@pytest.mark.judge
def test_a_kind_without_a_schema_is_refused() -> None:
    unknown: Manifest = {"apiVersion": "v1", "kind": "Deploymint", "metadata": {"name": "x"}}
    assert len(schema_problems([unknown], VERSIONS[-1])) == 1


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_service_has_its_three_processes(overlay: str) -> None:
    found = {(each.service, each.process, each.kind) for each in workloads(render(overlay))}
    kinds = {"api": "Deployment", "worker": "Deployment", "migrate": "Job"}
    assert found == {(service, process, kind) for service in SERVICES for process, kind in kinds.items()}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_may_more_than_it_must(overlay: str) -> None:
    assert pod_problems(render(overlay)) == []


def run_as_root(pod: Any) -> None:
    pod["securityContext"]["runAsUser"] = 0


def leave_the_user_open(pod: Any) -> None:
    del pod["securityContext"]["runAsNonRoot"]


def keep_capabilities(pod: Any) -> None:
    pod["containers"][0]["securityContext"]["capabilities"] = {"drop": ["ALL"], "add": ["NET_ADMIN"]}


def allow_writing(pod: Any) -> None:
    del pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"]


def allow_escalation(pod: Any) -> None:
    del pod["containers"][0]["securityContext"]["allowPrivilegeEscalation"]


def leave_out_seccomp(pod: Any) -> None:
    del pod["securityContext"]["seccompProfile"]


def mount_the_token(pod: Any) -> None:
    del pod["automountServiceAccountToken"]


def mount_the_host(pod: Any) -> None:
    pod["volumes"][0] = {"name": "tmp", "hostPath": {"path": "/tmp"}}


def leave_out_liveness(pod: Any) -> None:
    del pod["containers"][0]["livenessProbe"]


def let_liveness_touch_a_dependency(pod: Any) -> None:
    pod["containers"][0]["livenessProbe"]["httpGet"]["path"] = "/health/ready"


def open_another_port(pod: Any) -> None:
    pod["containers"][0]["ports"][0]["containerPort"] = 8080


def leave_out_limits(pod: Any) -> None:
    del pod["containers"][0]["resources"]["limits"]["memory"]


def take_whatever_is_newest(pod: Any) -> None:
    pod["containers"][0]["image"] = "servicehub-portal/billing"


@pytest.mark.parametrize(
    "break_it",
    [
        run_as_root,
        leave_the_user_open,
        keep_capabilities,
        allow_writing,
        allow_escalation,
        leave_out_seccomp,
        mount_the_token,
        mount_the_host,
        leave_out_liveness,
        let_liveness_touch_a_dependency,
        open_another_port,
        leave_out_limits,
        take_whatever_is_newest,
    ],
)
def test_a_pod_that_may_more_is_refused(break_it: Callable[[Any], None]) -> None:
    manifests = render("production")
    deployment: Any = one(manifests, "Deployment", "billing-worker")
    break_it(deployment["spec"]["template"]["spec"])
    (problem,) = pod_problems(manifests)
    assert problem.startswith("billing-worker ")


def stop_at_once(pod: Any) -> None:
    del pod["containers"][0]["lifecycle"]


def be_killed_too_early(pod: Any) -> None:
    pod["terminationGracePeriodSeconds"] = 10


@pytest.mark.parametrize("break_it", [stop_at_once, be_killed_too_early])
def test_an_api_that_loses_requests_is_refused(break_it: Callable[[Any], None]) -> None:
    manifests = render("production")
    deployment: Any = one(manifests, "Deployment", "portal-read-api")
    break_it(deployment["spec"]["template"]["spec"])
    (problem,) = pod_problems(manifests)
    assert problem.startswith("portal-read-api ")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_selects_pods_selects_those_of_one_deployment(overlay: str) -> None:
    manifests = render(overlay)
    found = {each.metadata.name: labels_of(each).items() for each in workloads(manifests)}
    chosen: list[Any] = list(of_kind(manifests, "Service", "PodDisruptionBudget", "Deployment"))
    assert len(chosen) == 5 * len(SERVICES)
    for each in chosen:
        selector = each["spec"]["selector"]
        labels = selector.get("matchLabels", selector).items()
        assert [name for name in found if labels <= found[name]] == [each["metadata"]["name"]]


def test_every_api_is_scaled() -> None:
    scalers: list[Any] = list(of_kind(render("production"), "HorizontalPodAutoscaler"))
    targets = {each["spec"]["scaleTargetRef"]["name"] for each in scalers}
    assert targets == {f"{service}-api" for service in SERVICES}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_namespace_refuses_what_is_not_restricted(overlay: str) -> None:
    (namespace,) = of_kind(render(overlay), "Namespace")
    labels: dict[str, str] = namespace["metadata"]["labels"]  # pyright: ignore[reportIndexIssue, reportUnknownVariableType]
    for mode in ("enforce", "warn", "audit"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_is_in_a_manifest(overlay: str) -> None:
    assert list(of_kind(render(overlay), "Secret")) == []
