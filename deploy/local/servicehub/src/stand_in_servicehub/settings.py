"""Settings of the simulator, from the environment only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.settings import SettingError, data_folder

DEFAULT_PORT = 8090


@dataclass(frozen=True)
class Settings:
    """Addresses have no trailing slash; `data` is the SQLite file."""

    host: str
    port: int
    kafka_bootstrap: str
    branding_url: str
    branding_api_key: str = field(repr=False)
    public_origin: str
    data: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises SettingError, also when this is not a development machine."""
        _refuse_production(environment)
        return cls(
            host=environment.get("HTTP_HOST") or "127.0.0.1",
            port=_port(environment),
            kafka_bootstrap=environment.get("KAFKA_BOOTSTRAP") or "localhost:9092",
            branding_url=(environment.get("BRANDING_URL") or "http://127.0.0.1:8105").rstrip("/"),
            branding_api_key=_required(environment, "BRANDING_API_KEY"),
            public_origin=(environment.get("PUBLIC_ORIGIN") or "http://localhost:8080").rstrip("/"),
            data=_data(environment),
        )


def simulator_url(environment: Mapping[str, str]) -> str:
    """Where the running simulator is: SIMULATOR_URL, or this machine at SIMULATOR_PORT."""
    return (environment.get("SIMULATOR_URL") or f"http://localhost:{_port(environment)}").rstrip("/")


def _refuse_production(environment: Mapping[str, str]) -> None:
    # Left out means production, here as in every service: a stand-in must be asked for.
    profile = environment.get("PORTAL_PROFILE") or "production"
    if profile != "local":
        raise SettingError(
            f"The simulator publishes demo data: it starts with PORTAL_PROFILE=local only, not {profile!r}."
            " Use `make run`, or set PORTAL_PROFILE=local if this Kafka holds no real data."
        )


def _port(environment: Mapping[str, str]) -> int:
    for name in ("SIMULATOR_PORT", "HTTP_PORT"):
        text = environment.get(name)
        if text and not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
            raise SettingError(f"{name} must be a number from 1 to 65535; it is {text!r}")
        if text:
            return int(text)
    return DEFAULT_PORT


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingError(f"{name} is missing: `make run` sets it; by hand, give the key that branding has.")
    return value


def _data(environment: Mapping[str, str]) -> Path:
    chosen = environment.get("SIMULATOR_DATA")
    folder = Path(chosen).resolve() if chosen else data_folder(environment) / "simulator"
    return folder / "servicehub.sqlite3"
