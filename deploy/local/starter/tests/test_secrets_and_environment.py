"""Every process gets what it needs, and no more; keys stay the same between runs."""

import base64
import stat
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from local_stack.environment import SERVICEHUB, SERVICES, Addresses, Process, simulator
from local_stack.plan import make_plan
from local_stack.ports import free_ports
from local_stack.process.parts import Command, Daemon, Job
from local_stack.secrets_file import SecretsFile
from local_stack.settings import Settings

URLS = {
    "KAFKA_BOOTSTRAP": "kafka:1",
    "DATABASE_URL": "postgresql://admin:pw@db:5/postgres?x=1",
    "REDIS_URL": "redis://r:6/0",
}


@pytest.fixture
def secrets(tmp_path: Path) -> SecretsFile:
    return SecretsFile(tmp_path / "secrets.json")


def plan_addresses(tmp_path: Path, secrets: SecretsFile) -> Addresses:
    settings = Settings.from_environment({**free_ports(), **URLS, "LOCAL_DATA": str(tmp_path)})
    return make_plan(settings, secrets).addresses


def raw(ring: str) -> bytes:
    kid, _, key = ring.partition(":")
    assert kid.isalnum()
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))


def test_the_public_keys_belong_to_the_private_ones(secrets: SecretsFile) -> None:
    session = secrets.session_keys()
    public = Ed25519PrivateKey.from_private_bytes(raw(session.private)).public_key().public_bytes_raw()
    assert public == raw(session.public)


def test_secrets_are_kept_between_runs_and_from_other_people(tmp_path: Path) -> None:
    first = SecretsFile(tmp_path / "secrets.json")
    kept = (first.password("a"), first.keys("b"), first.session_keys())
    again = SecretsFile(tmp_path / "secrets.json")
    assert (again.password("a"), again.keys("b"), again.session_keys()) == kept
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(("process", "role"), [("api", "web"), ("worker", "worker"), ("migrate", "owner")])
def test_each_process_has_the_password_of_its_own_role_only(
    tmp_path: Path, secrets: SecretsFile, process: Process, role: str
) -> None:
    addresses = plan_addresses(tmp_path, secrets)
    for package, variables in SERVICES.values():
        told = variables(addresses, secrets, process)
        assert told["DATABASE_URL"].startswith(f"postgresql://{package}_{role}:")
        assert told["DATABASE_URL"].endswith(f"@db:5/{package}?x=1")
        for other in {"web", "worker", "owner"} - {role}:
            assert secrets.password(f"{package}_{other}") not in str(told)


def test_keys_go_to_their_one_owner_or_to_those_who_share_them(tmp_path: Path, secrets: SecretsFile) -> None:
    addresses = plan_addresses(tmp_path, secrets)
    told = {service: variables(addresses, secrets, "api") for service, (_, variables) in SERVICES.items()}
    assert [name for name, each in told.items() if "SESSION_SIGNING_KEYS" in each] == ["auth-otp"]
    for ring, called, *callers in (
        ("NOTIFIER_KEYS", "notifier", "auth-otp", "portal-read"),
        ("AUTH_OTP_KEYS", "auth-otp", "portal-read", "billing"),
        ("BILLING_KEYS", "billing", "portal-read"),
    ):
        holders = {name: each[ring] for name, each in told.items() if ring in each}
        assert holders == dict.fromkeys((called, *callers), secrets.keys(f"{called}.callers"))
    links = {name: each["PAY_LINK_KEYS"] for name, each in told.items() if "PAY_LINK_KEYS" in each}
    assert links == dict.fromkeys(("billing", "notifier"), secrets.keys("pay-links"))
    field_encryption_keys = [
        each["FIELD_ENCRYPTION_KEYS"] for each in told.values() if "FIELD_ENCRYPTION_KEYS" in each
    ]
    assert len(set(field_encryption_keys)) == len(field_encryption_keys)


def test_a_stray_credential_of_the_shell_reaches_no_service(
    tmp_path: Path, secrets: SecretsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUD_API_TOKEN", "stray")
    addresses = plan_addresses(tmp_path, secrets)
    assert all(
        "stray" not in variables(addresses, secrets, "api").values() for _, variables in SERVICES.values()
    )


def test_servers_of_ones_own_are_used_and_not_started(tmp_path: Path, secrets: SecretsFile) -> None:
    settings = Settings.from_environment(
        {**free_ports(), **URLS, "SMTP_URL": "smtp://m:25", "LOCAL_DATA": str(tmp_path)}
    )
    plan = make_plan(settings, secrets)
    assert {part.name for part in plan.parts} & {"postgres", "initdb", "kafka", "valkey"} == set()
    assert (plan.addresses.kafka_bootstrap, plan.addresses.redis_url) == ("kafka:1", "redis://r:6/0")
    mailbox = next(cast("Daemon", part).command for part in plan.parts if part.name == "mailbox")
    assert mailbox.env["SMTP_PORT"] == ""


def test_a_service_that_is_left_out_has_its_database_and_no_process(
    tmp_path: Path, secrets: SecretsFile
) -> None:
    settings = Settings.from_environment(
        {**free_ports(), **URLS, "LOCAL_DATA": str(tmp_path), "WITHOUT": "billing,branding"}
    )
    parts = {part.name: part for part in make_plan(settings, secrets).parts}
    assert {name for name in parts if name.startswith(("billing", "branding"))} == {
        "billing database",
        "billing migrate",
        "branding database",
        "branding migrate",
    }
    assert not {name for name in parts["simulator"].after if name.startswith(("billing", "branding"))}


def test_what_is_reloaded_follows_its_own_files_and_those_of_the_libraries(
    tmp_path: Path, secrets: SecretsFile
) -> None:
    told = {**free_ports(), **URLS, "LOCAL_DATA": str(tmp_path)}
    plan = make_plan(Settings.from_environment(told | {"RELOAD": "1"}), secrets)
    watched = {
        part.name: {path.name for path in part.sources} for part in plan.parts if isinstance(part, Daemon)
    }
    assert watched["billing api"] == {"billing", "chassis", "servicehub_events"}
    assert (watched["mailbox"], watched["gateway"]) == ({"stand_in_mailbox"}, set())
    still = make_plan(Settings.from_environment(told), secrets)
    assert not any(part.sources for part in still.parts if isinstance(part, Daemon))


def test_requests_are_logged_for_people_and_not_for_tests(tmp_path: Path, secrets: SecretsFile) -> None:
    settings = Settings.from_environment({**free_ports(), **URLS, "LOCAL_DATA": str(tmp_path)})
    for throwaway, logged in ((False, "true"), (True, None)):
        plan = make_plan(replace(settings, throwaway=throwaway), secrets)
        parts = {part.name: part for part in plan.parts}
        assert cast("Daemon", parts["billing api"]).command.env.get("ACCESS_LOG") == logged


def test_no_password_shows_in_the_process_list(tmp_path: Path, secrets: SecretsFile) -> None:
    settings = Settings.from_environment({**free_ports(), "LOCAL_DATA": str(tmp_path)})
    plan = make_plan(settings, secrets)
    commands: list[Command] = [part.command for part in plan.parts if isinstance(part, Daemon | Job)]
    texts = [secrets.password(name) for name in ("postgres", "valkey", "auth_otp_web", "twilio")]
    for text in (*texts, secrets.integration_key(SERVICEHUB).key):
        assert not any(text in " ".join(command.argv) for command in commands)


def test_services_hold_the_hash_of_servicehubs_key_and_the_simulator_the_key(
    tmp_path: Path, secrets: SecretsFile
) -> None:
    addresses = plan_addresses(tmp_path, secrets)
    key, entry = secrets.integration_key(SERVICEHUB)
    told = {service: variables(addresses, secrets, "api") for service, (_, variables) in SERVICES.items()}
    holders = {name: each["INTEGRATION_KEYS"] for name, each in told.items() if "INTEGRATION_KEYS" in each}
    assert holders == dict.fromkeys(("billing", "branding"), entry.format())
    assert key not in str(told)
    assert simulator(addresses, secrets, 1, tmp_path)["INTEGRATION_KEY"] == key


def test_addresses_can_be_moved_for_a_test(tmp_path: Path, secrets: SecretsFile) -> None:
    addresses = replace(
        plan_addresses(tmp_path, secrets),
        api_ports={"billing": 9, "auth-otp": 8},
        worker_ports={"billing": 10},
    )
    _, variables = SERVICES["billing"]
    told = variables(addresses, secrets, "api")
    assert (told["HTTP_PORT"], told["WORKER_HEALTH_PORT"]) == ("9", "10")
