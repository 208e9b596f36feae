"""Settings of the sandbox, from the environment only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from local_stack.settings import SettingError, data_folder

DEFAULT_PORT = 12111
DEFAULT_ACCOUNTS = "acct_sparkle:US:usd,acct_hikari:JP:jpy"


class AccountSetting(NamedTuple):
    """An account that is there from the start."""

    id: str
    country: str
    default_currency: str


@dataclass(frozen=True)
class Settings:
    """`origin` is what a browser is told to open; `data` is the SQLite file."""

    host: str
    port: int
    origin: str
    data: Path
    accounts: tuple[AccountSetting, ...]
    webhook_url: str
    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises SettingError, also when this is not a development machine."""
        _refuse_production(environment)
        port = _port(environment)
        return cls(
            host=environment.get("HTTP_HOST") or "127.0.0.1",
            port=port,
            origin=(environment.get("STRIPE_SANDBOX_ORIGIN") or f"http://localhost:{port}").rstrip("/"),
            data=_data(environment),
            accounts=_accounts(environment.get("STRIPE_SANDBOX_ACCOUNTS") or DEFAULT_ACCOUNTS),
            webhook_url=_required(environment, "STRIPE_WEBHOOK_URL"),
            secret_key=_required(environment, "STRIPE_SECRET_KEY"),
            webhook_secrets=_secrets(_required(environment, "STRIPE_WEBHOOK_SECRETS")),
        )


def _refuse_production(environment: Mapping[str, str]) -> None:
    # Left out means production, here as in every service: a stand-in must be asked for.
    profile = environment.get("PORTAL_PROFILE") or "production"
    if profile != "local":
        raise SettingError(
            f"The Stripe sandbox is for development: it starts with PORTAL_PROFILE=local only,"
            f" not {profile!r}. In production, billing talks to Stripe itself: leave STRIPE_API_BASE out."
        )


def _port(environment: Mapping[str, str]) -> int:
    text = environment.get("HTTP_PORT") or environment.get("STRIPE_PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise SettingError(f"STRIPE_PORT must be a number from 1 to 65535; it is {text!r}")
    return int(text)


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingError(f"{name} is missing: `make run` sets it; by hand, give what billing has.")
    return value


def _secrets(text: str) -> tuple[str, ...]:
    found = tuple(secret.strip() for secret in text.split(",") if secret.strip())
    if not found:
        raise SettingError("STRIPE_WEBHOOK_SECRETS holds no secret: write whsec_…, several with commas.")
    return found


def _accounts(text: str) -> tuple[AccountSetting, ...]:
    return tuple(_account(part.strip()) for part in text.split(",") if part.strip())


def _account(text: str) -> AccountSetting:
    parts = text.split(":")
    if len(parts) != len(AccountSetting._fields) or not parts[0].startswith("acct_"):
        raise SettingError(
            f"STRIPE_SANDBOX_ACCOUNTS has {text!r}: write acct_id:COUNTRY:currency, several with commas."
        )
    return AccountSetting(*parts)


def _data(environment: Mapping[str, str]) -> Path:
    chosen = environment.get("STRIPE_SANDBOX_DATA")
    folder = Path(chosen).resolve() if chosen else data_folder(environment) / "stripe"
    return folder / "stripe.sqlite3"
