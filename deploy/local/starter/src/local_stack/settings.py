"""Settings of the local stack, from the environment only."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.environment import SERVICES
from local_stack.errors import SettingError
from local_stack.ports import PORTS, SERVERS, number, port_numbers


@dataclass(frozen=True)
class Settings:
    """`None` for an address means: start our own. `without`: services whose processes somebody else runs."""

    data: Path
    ports: Mapping[str, int]
    without: frozenset[str]
    reload: bool
    kafka_partitions: int
    kafka_bootstrap: str | None
    database_url: str | None
    redis_url: str | None
    smtp_url: str | None
    servers_only: bool = False
    throwaway: bool = False
    """Trades safety of the data for speed, for tests."""
    verbose: bool = False

    @property
    def public_origin(self) -> str:
        """What a browser is told to open."""
        return f"http://localhost:{self.ports['gateway']}"

    @property
    def services(self) -> list[str]:
        """The services whose processes we start."""
        return [service for service in SERVICES if service not in self.without]

    @property
    def own_ports(self) -> set[str]:
        """The names of the ports that we open: not of what runs elsewhere, or not at all."""
        elsewhere = {
            "postgres": self.database_url,
            "valkey": self.redis_url,
            "smtp": self.smtp_url,
            "kafka": self.kafka_bootstrap,
            "kafka-controller": self.kafka_bootstrap,
            **{f"{service} {process}": service for service in self.without for process in ("api", "worker")},
        }
        return {name for name in (SERVERS if self.servers_only else PORTS) if not elsewhere.get(name)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all settings. Raises SettingError for a value that can't be used."""
        return cls(
            data=data_folder(environment),
            ports=port_numbers(environment),
            without=_without(environment.get("WITHOUT", "")),
            reload=environment.get("RELOAD", "") not in ("", "0", "no", "false"),
            kafka_partitions=number(environment, "KAFKA_PARTITIONS", 12, 1_000),
            kafka_bootstrap=environment.get("KAFKA_BOOTSTRAP") or None,
            database_url=environment.get("DATABASE_URL") or None,
            redis_url=environment.get("REDIS_URL") or None,
            smtp_url=environment.get("SMTP_URL") or None,
        )


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return where the stack keeps its data: LOCAL_DATA, else .local/run or .local/run-PORT_BASE."""
    if chosen := environment.get("LOCAL_DATA"):
        return Path(chosen).resolve()
    base = environment.get("PORT_BASE")
    return repository() / ".local" / (f"run-{base}" if base else "run")


def repository() -> Path:
    """Return the checkout around the current folder, or the current folder itself."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "deploy" / "local").is_dir()), here)


def _without(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    if unknown := names - SERVICES.keys():
        raise SettingError(
            f"WITHOUT names {', '.join(sorted(unknown))}; the services are {', '.join(SERVICES)}"
        )
    return names
