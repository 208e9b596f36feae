"""Settings of the simulator, from the environment only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

DEFAULT_PORT = 8090


class SettingError(click.ClickException):
    """The simulator cannot start like this. The text says why and what to do; no traceback is shown."""


@dataclass(frozen=True)
class Links:
    """Where the pages around the simulator are, and the simulator itself; no trailing slash."""

    origin: str = "http://localhost:8080"
    mailbox: str = "http://localhost:8025"
    stripe: str = "http://localhost:12111"
    simulator: str = f"http://localhost:{DEFAULT_PORT}"


@dataclass(frozen=True)
class Settings:
    """`data` is the SQLite file."""

    port: int
    kafka_bootstrap: str
    branding_url: str
    billing_url: str
    integration_key: str = field(repr=False)
    links: Links
    data: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises SettingError, also when this is not a development machine."""
        # Left out means production, here as in every service: a stand-in must be asked for.
        if (profile := environment.get("PORTAL_PROFILE") or "production") != "local":
            raise SettingError(
                "The simulator publishes demo data: it starts with PORTAL_PROFILE=local only, not"
                f" {profile!r}. Use `make run`, or set PORTAL_PROFILE=local if this Kafka holds no real data."
            )
        if not (key := environment.get("INTEGRATION_KEY")):
            raise SettingError(
                "INTEGRATION_KEY is missing: `make run` sets it; by hand, give one that branding knows."
            )
        given = {"origin": "PUBLIC_ORIGIN", "mailbox": "MAILBOX_URL", "stripe": "STRIPE_URL"}
        links = {link: environment[name].rstrip("/") for link, name in given.items() if environment.get(name)}
        return cls(
            port=_port(environment),
            kafka_bootstrap=environment.get("KAFKA_BOOTSTRAP") or "localhost:9092",
            billing_url=(environment.get("BILLING_URL") or "http://127.0.0.1:8103").rstrip("/"),
            branding_url=(environment.get("BRANDING_URL") or "http://127.0.0.1:8105").rstrip("/"),
            integration_key=key,
            links=Links(**links, simulator=simulator_url(environment)),
            data=Path(environment.get("SIMULATOR_DATA") or ".local/simulator").resolve()
            / "servicehub.sqlite3",
        )


def simulator_url(environment: Mapping[str, str]) -> str:
    """Where the running simulator is: SIMULATOR_URL, or this machine at SIMULATOR_PORT."""
    return (environment.get("SIMULATOR_URL") or f"http://localhost:{_port(environment)}").rstrip("/")


def _port(environment: Mapping[str, str]) -> int:
    for name in ("SIMULATOR_PORT", "HTTP_PORT"):
        if text := environment.get(name):
            if text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535:
                return int(text)
            raise SettingError(f"{name} must be a number from 1 to 65535; it is {text!r}")
    return DEFAULT_PORT
