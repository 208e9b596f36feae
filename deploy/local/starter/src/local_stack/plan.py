"""The whole stack as a list of parts, each after what it needs."""

import sys
from dataclasses import dataclass
from functools import partial

from local_stack import environment
from local_stack.environment import SERVICES, Addresses, inherited
from local_stack.probes import http, tcp
from local_stack.process.parts import Command, Daemon, Job, Part, Step
from local_stack.secrets_file import SecretsFile
from local_stack.servers.databases import create_database, database_urls
from local_stack.servers.gateway import gateway
from local_stack.servers.kafka import Kafka
from local_stack.servers.postgres import Postgres
from local_stack.servers.topics import create_topics
from local_stack.servers.valkey import Valkey
from local_stack.settings import Settings


@dataclass(frozen=True)
class Plan:
    """What to start, and where everything will be."""

    parts: tuple[Part, ...]
    addresses: Addresses
    superuser_url: str


def server_ports() -> set[str]:
    """Return the names of the ports that `servers_only` opens."""
    return {"postgres", "valkey", "kafka", "kafka-controller"}


def make_plan(
    settings: Settings, secrets: SecretsFile, *, servers_only: bool = False, throwaway: bool = False
) -> Plan:
    """Plan the stack. `throwaway` trades safety of the data for speed, for tests."""
    postgres = Postgres(
        settings.data, settings.ports["postgres"], secrets.password("postgres"), throwaway=throwaway
    )
    valkey = Valkey(settings.data, settings.ports["valkey"], secrets.password("valkey"))
    kafka = Kafka(settings.data, settings.ports["kafka"], settings.ports["kafka-controller"])
    superuser = settings.database_url or postgres.url
    addresses = _addresses(settings, secrets, superuser, kafka.bootstrap, valkey.url)

    # Kafka first: it takes longest.
    parts: list[Part] = [] if settings.kafka_bootstrap else [*kafka.parts(inherited() | _maven())]
    parts += [] if settings.database_url else postgres.parts()
    parts += [] if settings.redis_url else [valkey.part()]
    parts.append(_topics(settings, addresses, own=not settings.kafka_bootstrap))
    if not servers_only:
        parts += _services(settings, secrets, addresses, superuser, _names(parts))
        parts += _outer(settings, secrets, addresses)
    return Plan(tuple(parts), addresses, superuser)


def _maven() -> dict[str, str]:
    import os

    wanted = ("MAVEN_REPOSITORY", "XDG_CACHE_HOME", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    names = (*wanted, *proxies, *(name.lower() for name in proxies))
    return {name: os.environ[name] for name in names if name in os.environ}


def _names(parts: list[Part]) -> set[str]:
    return {part.name for part in parts}


def _addresses(settings: Settings, secrets: SecretsFile, superuser: str, kafka: str, redis: str) -> Addresses:
    ports = settings.ports
    packages = [package for package, _ in SERVICES.values()]
    return Addresses(
        public_origin=settings.public_origin,
        kafka_bootstrap=settings.kafka_bootstrap or kafka,
        redis_url=settings.redis_url or redis,
        smtp_url=settings.smtp_url or f"smtp://127.0.0.1:{ports['smtp']}",
        mailbox_url=f"http://localhost:{ports['mailbox']}",
        auth_otp_url=f"http://127.0.0.1:{ports['auth-otp api']}",
        branding_url=f"http://127.0.0.1:{ports['branding api']}",
        simulator_url=f"http://localhost:{ports['simulator']}",
        stripe_url=f"http://localhost:{ports['stripe']}",
        databases={package: database_urls(superuser, package, secrets) for package in packages},
        api_ports={service: ports[f"{service} api"] for service in SERVICES},
        worker_ports={service: ports[f"{service} worker"] for service in SERVICES},
    )


def _topics(settings: Settings, addresses: Addresses, *, own: bool) -> Step:
    # A cluster of somebody else's decides itself how often it keeps a record: -1 is its default.
    create = partial(create_topics, addresses.kafka_bootstrap, settings.kafka_partitions, 1 if own else -1)
    return Step("topics", create, ("kafka",) if own else ())


def _services(
    settings: Settings, secrets: SecretsFile, addresses: Addresses, superuser: str, servers: set[str]
) -> list[Part]:
    parts: list[Part] = []
    for service, (package, variables) in SERVICES.items():
        database, migrate = f"{service} database", f"{service} migrate"
        create = partial(create_database, superuser, package, secrets)
        parts.append(Step(database, create, tuple({"postgres"} & servers)))
        parts.append(
            Job(migrate, _python(package, "migrate", variables(addresses, secrets, "migrate")), (database,))
        )
        needs = (migrate, "topics", *({"valkey"} & servers))
        for process in ("api", "worker"):
            command = _python(package, process, variables(addresses, secrets, process))
            health = http(settings.ports[f"{service} {process}"], "/health/ready")
            parts.append(Daemon(f"{service} {process}", command, health, needs))
    return parts


def _outer(settings: Settings, secrets: SecretsFile, addresses: Addresses) -> list[Part]:
    """What stands around the services: mailbox, Stripe, gateway and, once all answer, the simulator."""
    ports = settings.ports
    smtp = None if settings.smtp_url else ports["smtp"]
    mailbox = _python("stand_in_mailbox", "", environment.mailbox(addresses, secrets, ports["mailbox"], smtp))
    simulator = _python(
        "stand_in_servicehub",
        "",
        environment.simulator(addresses, secrets, ports["simulator"], settings.data / "simulator"),
    )
    stripe = _python(
        "stand_in_stripe",
        "",
        environment.stripe_sandbox(addresses, secrets, ports["stripe"], settings.data / "stripe"),
    )
    everything = tuple(f"{service} {process}" for service in SERVICES for process in ("api", "worker"))
    return [
        Daemon("mailbox", mailbox, tcp(ports["mailbox"])),
        Daemon("stripe", stripe, http(ports["stripe"], "/health/ready")),
        gateway(settings.data, ports["gateway"], addresses.api_ports, ports["simulator"]),
        Daemon("simulator", simulator, http(ports["simulator"], "/health/ready"), everything),
    ]


def _python(module: str, argument: str, variables: dict[str, str]) -> Command:
    arguments = (argument,) if argument else ()
    return Command((sys.executable, "-m", module, *arguments), variables)
