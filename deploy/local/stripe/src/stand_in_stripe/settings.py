"""Settings of the sandbox, from the environment only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_PORT = "12111"
DEFAULT_ACCOUNTS = "acct_sparkle:US:usd,acct_hikari:JP:jpy"


class SandboxMisconfigured(Exception):
    """A setting has a value that can't be used. The text says which, and what to do."""


@dataclass(frozen=True)
class Settings:
    """`origin` is what a browser is told to open, `data` the SQLite file.

    `accounts` are there from the start: id, country, currency of each.
    """

    host: str
    port: int
    origin: str
    data: Path
    accounts: tuple[tuple[str, ...], ...]
    webhook_url: str
    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    connect_webhook_secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises SandboxMisconfigured, also when this is not a development machine."""
        # Left out means production, here as in every service: a stand-in must be asked for.
        profile = environment.get("PORTAL_PROFILE") or "production"
        if profile != "local":
            raise SandboxMisconfigured(
                f"The Stripe sandbox is for development: it starts with PORTAL_PROFILE=local only, not"
                f" {profile!r}. In production, billing talks to Stripe itself: leave STRIPE_API_BASE out."
            )
        port = environment.get("HTTP_PORT") or environment.get("STRIPE_PORT") or DEFAULT_PORT
        if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65_535:
            raise SandboxMisconfigured(f"STRIPE_PORT must be a number from 1 to 65535; it is {port!r}")
        return cls(
            host=environment.get("HTTP_HOST") or "127.0.0.1",
            port=int(port),
            origin=(environment.get("STRIPE_SANDBOX_ORIGIN") or f"http://localhost:{port}").rstrip("/"),
            data=Path(_required(environment, "STRIPE_SANDBOX_DATA")).resolve() / "stripe.sqlite3",
            accounts=_accounts(environment.get("STRIPE_SANDBOX_ACCOUNTS") or DEFAULT_ACCOUNTS),
            webhook_url=_required(environment, "STRIPE_WEBHOOK_URL"),
            secret_key=_test_key(environment),
            webhook_secrets=_parts(_required(environment, "STRIPE_WEBHOOK_SECRETS")),
            connect_webhook_secrets=_parts(environment.get("STRIPE_CONNECT_WEBHOOK_SECRETS") or ""),
        )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip(", ")
    if not value:
        raise SandboxMisconfigured(f"{name} is missing: `make run` sets it; by hand, see the README.")
    return value


def _test_key(environment: Mapping[str, str]) -> str:
    key = _required(environment, "STRIPE_SECRET_KEY")
    if "_live_" in key:
        raise SandboxMisconfigured("STRIPE_SECRET_KEY is a key of live mode, whose place is Stripe only.")
    return key


def _accounts(text: str) -> tuple[tuple[str, ...], ...]:
    accounts = _parts(text)
    if wrong := [account for account in accounts if not re.fullmatch(r"acct_\w+:\w+:\w+", account)]:
        what = "write acct_id:COUNTRY:currency, several with commas."
        raise SandboxMisconfigured(f"STRIPE_SANDBOX_ACCOUNTS has {wrong[0]!r}: {what}")
    return tuple(tuple(account.split(":")) for account in accounts)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
