"""Settings: the environment becomes one frozen object, checked whole before anything starts."""

import os
import types
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Protocol, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qs, urlsplit

import msgspec

from chassis.settings.integration_keys import IntegrationKeys
from chassis.settings.keys import InvalidKeys, KeyRing

Profile = Literal["local", "production"]


class Secret:
    """A text that never shows in a log, a repr or an error."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself; call it where it is handed to a client library, nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


class KafkaSettings(Protocol):
    """Where the brokers are and how they are spoken to."""

    @property
    def kafka_bootstrap(self) -> str: ...
    @property
    def kafka_security_protocol(self) -> Literal["PLAINTEXT", "SSL", "SASL_SSL"]: ...
    @property
    def kafka_username(self) -> str: ...
    @property
    def kafka_password(self) -> Secret: ...
    @property
    def kafka_ca_file(self) -> str: ...


class InvalidSettings(SystemExit):
    """Settings are missing or unusable; the message names each. Ends the process with status 1."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("Refusing to start:\n" + "\n".join(f"  - {problem}" for problem in problems))


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What every process is told. Field `portal_profile` is read from `PORTAL_PROFILE`, and so on."""

    renamed: ClassVar[Mapping[str, str]] = {}
    """Old names of variables and their new ones. A process that is told something by an old name refuses."""

    portal_profile: Profile = "production"
    """`production`, or `local`, which allows connections without TLS and is for one machine."""

    def problems(self) -> list[str]:
        """What is wrong beyond the types. A subclass adds its own to these."""
        return []


class MigrateSettings(ProcessSettings, frozen=True, kw_only=True):
    """What a migration is told."""

    database_url: Secret
    """PostgreSQL, with the role of the process: web, worker or owner."""
    log_level: str = "info"
    """`debug`, `info`, `warning` or `error`."""
    otel_exporter_otlp_endpoint: str = ""
    """Where traces go; without it none are sent."""

    def problems(self) -> list[str]:
        """What is wrong beyond the types."""
        query = parse_qs(urlsplit(self.database_url.reveal()).query)
        if self.portal_profile == "production" and query.get("sslmode", [""])[-1] != "verify-full":
            return ["DATABASE_URL must end in ?sslmode=verify-full outside the local profile"]
        return super().problems()


class ServiceSettings(MigrateSettings, frozen=True, kw_only=True):
    """What every api and every worker of every service is told.

    `kafka_instance_id` names this replica among those of its service and stays the same over restarts: then a
    worker that crashed takes its partitions back at once, not after the session time-out of its dead self.
    """

    kafka_bootstrap: str
    """`HOST:PORT` of brokers, comma-separated."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    """`PLAINTEXT`, `SSL` or `SASL_SSL`; in production one of the last two."""
    kafka_username: str = ""
    """For `SASL_SSL`."""
    kafka_password: Secret = Secret("")
    """For `SASL_SSL`."""
    kafka_ca_file: str = ""
    """The certificate of a private authority."""
    kafka_instance_id: str = ""
    """Names a worker among those of its service and stays the same when it restarts."""
    public_origin: str
    """Where browsers find the portal: `https://portal.example.com`."""
    http_host: str = "0.0.0.0"  # noqa: S104  # a container listens on all its addresses
    """The address on which an api listens, and a worker answers for its health."""
    http_port: int = 8000
    """The port on which an api listens."""
    worker_health_port: int = 8001
    """The port on which a worker answers `/health` and `/metrics`."""
    trusted_proxy_hops: int = 1
    """Proxies of the operator's in front: the outermost one's entry of `X-Forwarded-For` is the visitor."""
    database_pool_size: int = 5
    """Connections of one process, beside one for each loop that listens."""
    dead_letter_keys: KeyRing
    """A key ring of this service alone: records that could not be applied are kept under it."""
    dead_letters_per_minute: int = 60
    """How many records a consumer sets aside in a minute before it waits."""
    access_log: bool = False
    """One log event a request; in the local profile only, as paths name customers and invoices."""

    def problems(self) -> list[str]:
        """What is wrong beyond the types. A service adds its own and calls this one."""
        problems = super().problems()
        if urlsplit(self.public_origin).path not in ("",) or "://" not in self.public_origin:
            problems.append(
                "PUBLIC_ORIGIN must be an origin such as https://portal.example.com, without a path"
            )
        if self.portal_profile == "production":
            problems += self._told_to_others()
        return problems

    def _told_to_others(self) -> list[str]:
        problems: list[str] = []
        if not self.public_origin.startswith("https://"):
            problems.append("PUBLIC_ORIGIN must begin with https:// outside the local profile")
        if self.access_log:  # paths name customers and their invoices
            problems.append("ACCESS_LOG must be off outside the local profile")
        return problems + kafka_problems(self)


def kafka_problems(kafka: KafkaSettings) -> list[str]:
    """What would let others read or write along with us."""
    problems: list[str] = []
    if kafka.kafka_security_protocol == "PLAINTEXT":
        problems.append("KAFKA_SECURITY_PROTOCOL must be SSL or SASL_SSL outside the local profile")
    named = kafka.kafka_username and kafka.kafka_password.reveal()
    if kafka.kafka_security_protocol == "SASL_SSL" and not named:
        problems.append("KAFKA_USERNAME and KAFKA_PASSWORD must be set for SASL_SSL")
    return problems


_EVERYBODYS = ("password", "secret", "change", "default", "example", "qwerty", "123456")


def weak_secret(name: str, value: Secret, *, at_least: int = 20) -> list[str]:
    """The problem with a shared secret, if there is one: empty, short, or a word everybody knows."""
    text = value.reveal()
    everybodys = any(word in text.lower() for word in _EVERYBODYS)
    if len(text) >= at_least and len(set(text)) >= at_least // 3 and not everybodys:
        return []
    return [f"{name} is missing or weak: it needs at least {at_least} random characters"]


S = TypeVar("S", bound=ProcessSettings)


def load(kind: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Read `kind` from the environment.

    Raises `InvalidSettings`, which lists every problem at once, by the name of its variable.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    problems = [f"{old} is now called {new}" for old, new in kind.renamed.items() if old in environ]
    for spec in msgspec.structs.fields(kind):
        name = spec.name.upper()
        text = environ.get(name, "")
        if not text:
            if spec.required:
                problems.append(f"{name} is not set")
            continue
        try:
            values[spec.name] = _convert(text, spec.type)
        except (msgspec.ValidationError, InvalidKeys) as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise InvalidSettings(problems)
    settings = kind(**values)  # pyright: ignore[reportArgumentType]  # each was converted to its field's type
    if problems := settings.problems():
        raise InvalidSettings(problems)
    return settings


def _convert(text: str, wanted: Any) -> object:
    if get_origin(wanted) in (Union, types.UnionType):
        wanted = next(arg for arg in get_args(wanted) if arg is not type(None))
    if wanted is Secret:
        return Secret(text)
    if wanted is KeyRing:
        return KeyRing.parse(text)
    if wanted is IntegrationKeys:
        return IntegrationKeys.parse(text)
    if get_origin(wanted) is tuple:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return tuple(_convert(part, get_args(wanted)[0]) for part in parts)
    return msgspec.convert(text, wanted, strict=False)


__all__ = [
    "InvalidSettings",
    "KafkaSettings",
    "MigrateSettings",
    "ProcessSettings",
    "Profile",
    "Secret",
    "ServiceSettings",
    "kafka_problems",
    "load",
    "weak_secret",
]
