"""What the manifests tell a process is what it reads: secrets by reference, and never plaintext."""

import secrets
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import pytest
from chassis.settings.base import InvalidSettings, ServiceSettings, load
from chassis.settings.integration_keys import PERMISSIONS, new_integration_key
from chassis.settings.new_keys import new_ring, new_signing_pair

from tests.contract.support.kubernetes_manifests import OVERLAYS, KeyReference, Manifest, of_kind, one, render
from tests.contract.support.kubernetes_settings import BY_DEFAULT, Told, settings_problems, told

SERVICES = ("auth-otp", "portal-read", "billing", "notifier", "branding")
SESSION = new_signing_pair()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_process_is_told_what_it_reads_and_nothing_else(overlay: str) -> None:
    assert settings_problems(render(overlay)) == []


def container(manifests: list[Manifest], name: str) -> Any:
    deployment: Any = one(manifests, "Deployment", name)
    return deployment["spec"]["template"]["spec"]["containers"][0]


def settings_of(manifests: list[Manifest], service: str) -> Any:
    maps: list[Any] = list(of_kind(manifests, "ConfigMap"))
    return next(each["data"] for each in maps if each["metadata"]["name"].startswith(f"{service}-settings-"))


def tell_too_much(manifests: list[Manifest]) -> None:
    settings_of(manifests, "branding")["REDIS_URL"] = "rediss://valkey:6379"


def misspell(manifests: list[Manifest]) -> None:
    data = settings_of(manifests, "portal-read")
    data["AUTHOTP_URL"] = data.pop("AUTH_OTP_URL")


def forget_a_required_one(manifests: list[Manifest]) -> None:
    del settings_of(manifests, "portal-read")["BILLING_URL"]


def forget_a_secret(manifests: list[Manifest]) -> None:
    variables = container(manifests, "auth-otp-api")["env"]
    variables[:] = [each for each in variables if each["name"] != "CODE_PEPPERS"]


def write_a_secret_in_the_open(manifests: list[Manifest]) -> None:
    for process in ("api", "worker"):
        variables = container(manifests, f"branding-{process}")["env"]
        variables[:] = [each for each in variables if each["name"] != "INTEGRATION_KEYS"]
    settings_of(manifests, "branding")["INTEGRATION_KEYS"] = _integration_keys()


def write_a_key_in_the_pod(manifests: list[Manifest]) -> None:
    variables = container(manifests, "auth-otp-api")["env"]
    variables[:] = [each for each in variables if each["name"] != "FIELD_ENCRYPTION_KEYS"]
    variables.append({"name": "FIELD_ENCRYPTION_KEYS", "value": new_ring()})


def take_another_services_secret(manifests: list[Manifest]) -> None:
    for each in container(manifests, "billing-worker")["env"]:
        if each["name"] == "FIELD_ENCRYPTION_KEYS":
            each["valueFrom"]["secretKeyRef"]["name"] = "auth-otp-secrets"


def leave_kafka_to_its_default(manifests: list[Manifest]) -> None:
    for each in of_kind(manifests, "ConfigMap"):
        data: Any = each["data"]
        data.pop("KAFKA_SECURITY_PROTOCOL", None)


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (tell_too_much, "REDIS_URL is no setting of it"),
        (misspell, "AUTH_OTP_URL is missing"),
        (forget_a_required_one, "BILLING_URL is missing"),
        (forget_a_secret, "CODE_PEPPERS is missing"),
        (write_a_secret_in_the_open, "INTEGRATION_KEYS is a secret in the open"),
        (write_a_key_in_the_pod, "FIELD_ENCRYPTION_KEYS is a secret in the open"),
        (
            take_another_services_secret,
            "FIELD_ENCRYPTION_KEYS comes from a Secret that is not its own, auth-otp-secrets",
        ),
        (leave_kafka_to_its_default, "KAFKA_SECURITY_PROTOCOL is left to its default without a word"),
    ],
)
def test_a_wrong_environment_is_refused(break_it: Callable[[list[Manifest]], None], said: str) -> None:
    manifests = render("production")
    break_it(manifests)
    assert said in {problem.partition(": ")[2] for problem in settings_problems(manifests)}


@pytest.mark.parametrize("process", ["api", "worker", "migrate"])
def test_each_process_gets_the_database_role_it_needs(process: str) -> None:
    role = {"api": "WEB", "worker": "WORKER", "migrate": "OWNER"}[process]
    found = [
        each.variables["DATABASE_URL"]
        for each in told(render("production"))
        if each.workload.process == process
    ]
    assert found == [
        KeyReference(f"{service}-secrets", f"DATABASE_URL_{role}") for service in sorted(SERVICES)
    ]


def environment(process: Told, changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables as the process will see them, with secrets made up as docs/operating.md says."""
    made = {
        name: source if isinstance(source, str) else _secret(name)
        for name, source in process.variables.items()
    }
    return made | dict(changed or {})


def _secret(name: str) -> str:
    made = {
        "DATABASE_URL": "postgresql://role:word@db:5432/name?sslmode=verify-full&sslrootcert=/etc/portal/ca/ca.crt",
        "REDIS_URL": "rediss://:word@valkey:6379/0?ssl_ca_certs=/etc/portal/ca/ca.crt",
        "SMTP_URL": "smtp://user:word@mail:587",
        "INTEGRATION_KEYS": _integration_keys(),
        "SESSION_SIGNING_KEYS": SESSION.private,
        "SESSION_PUBLIC_KEYS": SESSION.public,
        "STRIPE_SECRET_KEY": f"sk_live_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRETS": f"whsec_{secrets.token_hex(24)}",
    }
    if name in made:
        return made[name]
    return new_ring() if name.endswith(("_KEYS", "_PEPPERS")) else secrets.token_hex(24)


def _integration_keys() -> str:
    return new_integration_key("servicehub-core", PERMISSIONS).entry.format()


def process_of(service: str, process: str) -> Told:
    (found,) = [
        each
        for each in told(render("production"))
        if (each.workload.service, each.workload.process) == (service, process)
    ]
    return found


def loaded(service: str, process: str, changed: Mapping[str, str] | None = None) -> ServiceSettings:
    settings: type[ServiceSettings] = import_module(f"{service.replace('-', '_')}.settings").Settings
    return load(settings, environment(process_of(service, process), changed))


@pytest.mark.parametrize("process", ["api", "worker"])
@pytest.mark.parametrize("service", SERVICES)
def test_production_settings_start(service: str, process: str) -> None:
    settings = loaded(service, process)
    assert settings.portal_profile == "production"
    assert settings.kafka_security_protocol == "SASL_SSL"


@pytest.mark.parametrize(
    ("name", "plaintext"),
    [
        ("DATABASE_URL", "postgresql://role:word@db:5432/name"),
        ("DATABASE_URL", "postgresql://role:word@db:5432/name?sslmode=require"),
        ("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT"),
        ("PUBLIC_ORIGIN", "http://portal.example.com"),
        ("REDIS_URL", "redis://:word@valkey:6379/0"),
    ],
)
def test_production_refuses_plaintext(name: str, plaintext: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        loaded("auth-otp", "api", {name: plaintext})


def test_what_may_be_left_out_exists() -> None:
    known = {name.upper() for each in told(render("production")) for name in each.settings.__struct_fields__}
    assert known >= BY_DEFAULT
