"""What Pod Security *restricted* asks of every pod, and what we ask beyond it."""

from collections.abc import Iterator, Sequence
from importlib import import_module

from chassis.settings.base import ServiceSettings
from msgspec.structs import fields

from tests.contract.support.kubernetes_manifests import Container, Manifest, Workload, workloads

ALLOWED_VOLUMES = {"configMap", "emptyDir", "projected", "secret"}
DRAINING_SECONDS = 10
"""How long `chassis.process.service` lets requests finish."""
PORTS = {"api": "http_port", "worker": "worker_health_port"}


def pod_problems(manifests: Sequence[Manifest]) -> list[str]:
    """One line for each thing that a pod may do and should not, or has not and should."""
    return [
        f"{workload.metadata.name} {problem}"
        for workload in workloads(manifests)
        for problem in (
            *_rights(workload),
            *_health(workload),
            *_ending(workload),
            *_sizes(workload.container),
        )
    ]


def _rights(workload: Workload) -> Iterator[str]:
    pod, containers = workload.pod, [*workload.pod.containers, *workload.pod.init_containers]
    if pod.automount_service_account_token:
        yield "mounts a service account token"
    if not pod.service_account_name:
        yield "has no service account of its own"
    if pod.security_context.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "has no seccomp profile RuntimeDefault"
    for volume in pod.volumes:
        if strange := set(volume) - {"name"} - ALLOWED_VOLUMES:
            yield f"mounts a volume of kind {', '.join(strange)}"
    for container in containers:
        yield from _container_rights(pod.security_context | container.security_context)


def _container_rights(context: dict[str, object]) -> Iterator[str]:
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "may run as root"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "may write to its root file system"
    if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
        yield "may gain privileges"
    if context.get("capabilities") != {"drop": ["ALL"]}:
        yield "keeps capabilities"


def _health(workload: Workload) -> Iterator[str]:
    if workload.process not in PORTS:
        return
    container = workload.container
    probes = {
        "startup": (container.startup_probe, "/health/live"),
        "liveness": (container.liveness_probe, "/health/live"),
        "readiness": (container.readiness_probe, "/health/ready"),
    }
    named = {port.name for port in container.ports}
    for name, (probe, path) in probes.items():
        if probe is None:
            yield f"has no {name} probe"
        elif probe.http_get.path != path or probe.http_get.port not in named:
            yield f"has a {name} probe that asks elsewhere than {path}"
    if [port.container_port for port in container.ports] != [_listens_on(workload)]:
        yield f"opens another port than {PORTS[workload.process].upper()}"


def _listens_on(workload: Workload) -> object:
    package = workload.service.replace("-", "_")
    settings: type[ServiceSettings] = import_module(f"{package}.settings").Settings
    return next(field.default for field in fields(settings) if field.name == PORTS[workload.process])


def _ending(workload: Workload) -> Iterator[str]:
    if workload.process != "api":
        return
    lifecycle = workload.container.lifecycle
    if lifecycle is None or not lifecycle.pre_stop.sleep.seconds:
        yield "stops serving before the gateway has heard of it"
    elif lifecycle.pre_stop.sleep.seconds + DRAINING_SECONDS >= workload.pod.termination_grace_period_seconds:
        yield "is killed before its requests are answered"


def _sizes(container: Container) -> Iterator[str]:
    for what in ("cpu", "memory"):
        if what not in container.resources.requests or what not in container.resources.limits:
            yield f"has no request or no limit of {what}"
    tag = container.image.rpartition(":")[2] if ":" in container.image else "latest"
    if tag == "latest":
        yield "runs an image without a tag of its own"
