"""Settings of the local stack, from the environment only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingError(Exception):
    """A setting has a value we can't use. The text says which and what to do."""


@dataclass(frozen=True)
class PortUse:
    """A port of the stack: the setting that moves it, its default, and what it is for."""

    setting: str
    default: int
    purpose: str


PORTS: dict[str, PortUse] = {
    "gateway": PortUse("GATEWAY_PORT", 8080, "the portal in your browser"),
    "mailbox": PortUse("MAILBOX_PORT", 8025, "the mailbox page"),
    "smtp": PortUse("SMTP_PORT", 1025, "mail on its way to the mailbox"),
    "simulator": PortUse("SIMULATOR_PORT", 8090, "the ServiceHub simulator"),
    "stripe": PortUse("STRIPE_PORT", 12111, "the Stripe sandbox"),
    "postgres": PortUse("POSTGRES_PORT", 5432, "PostgreSQL"),
    "valkey": PortUse("VALKEY_PORT", 6379, "Valkey"),
    "kafka": PortUse("KAFKA_PORT", 9092, "Kafka"),
    "kafka-controller": PortUse("KAFKA_CONTROLLER_PORT", 9093, "Kafka's controller"),
    "auth-otp api": PortUse("AUTH_OTP_PORT", 8101, "auth-otp"),
    "portal-read api": PortUse("PORTAL_READ_PORT", 8102, "portal-read"),
    "billing api": PortUse("BILLING_PORT", 8103, "billing"),
    "notifier api": PortUse("NOTIFIER_PORT", 8104, "notifier"),
    "branding api": PortUse("BRANDING_PORT", 8105, "branding"),
    "auth-otp worker": PortUse("AUTH_OTP_WORKER_PORT", 8201, "health of auth-otp's worker"),
    "portal-read worker": PortUse("PORTAL_READ_WORKER_PORT", 8202, "health of portal-read's worker"),
    "billing worker": PortUse("BILLING_WORKER_PORT", 8203, "health of billing's worker"),
    "notifier worker": PortUse("NOTIFIER_WORKER_PORT", 8204, "health of notifier's worker"),
    "branding worker": PortUse("BRANDING_WORKER_PORT", 8205, "health of branding's worker"),
}


@dataclass(frozen=True)
class Settings:
    """`None` for an address means: start our own."""

    data: Path
    ports: Mapping[str, int]
    kafka_partitions: int
    kafka_bootstrap: str | None
    database_url: str | None
    redis_url: str | None
    smtp_url: str | None

    @property
    def public_origin(self) -> str:
        """What a browser is told to open."""
        return f"http://localhost:{self.ports['gateway']}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises SettingError for a value that can't be used."""
        return cls(
            data=data_folder(environment),
            ports={
                name: _number(environment, use.setting, use.default, 65_535) for name, use in PORTS.items()
            },
            kafka_partitions=_number(environment, "KAFKA_PARTITIONS", 12, 1_000),
            kafka_bootstrap=environment.get("KAFKA_BOOTSTRAP") or None,
            database_url=environment.get("DATABASE_URL") or None,
            redis_url=environment.get("REDIS_URL") or None,
            smtp_url=environment.get("SMTP_URL") or None,
        )


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return where the stack keeps its data between runs: LOCAL_DATA, or .local/run of the repository."""
    chosen = environment.get("LOCAL_DATA")
    return Path(chosen).resolve() if chosen else repository() / ".local" / "run"


def repository() -> Path:
    """Return the checkout around the current folder, or the current folder itself."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "deploy" / "local").is_dir()), here)


def _number(environment: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= largest:
        raise SettingError(f"{name} must be a number from 1 to {largest}; it is {text!r}")
    return int(text)
