"""The whole stack as a list of parts, each after what it needs."""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local_stack import environment
from local_stack.environment import FOR_ONLOOKERS, SERVICES, Addresses, Variables
from local_stack.process.parts import Command, Daemon, Job, Part, Step, http, tcp
from local_stack.secrets_file import SecretsFile
from local_stack.servers import folder_of
from local_stack.servers.databases import create_database, database_urls
from local_stack.servers.dns import name_server, records_file
from local_stack.servers.gateway import gateway
from local_stack.servers.kafka import Kafka
from local_stack.servers.postgres import Postgres
from local_stack.servers.valkey import Valkey
from local_stack.settings import Settings

LIBRARIES = ("chassis", "servicehub_events")


@dataclass(frozen=True)
class Plan:
    """What to start, and where everything will be."""

    parts: tuple[Part, ...]
    addresses: Addresses
    superuser_url: str


def make_plan(settings: Settings, secrets: SecretsFile) -> Plan:
    """Plan the stack."""
    ports, password = settings.ports, secrets.password("postgres")
    postgres = Postgres(settings.data, ports["postgres"], password, throwaway=settings.throwaway)
    valkey = Valkey(settings.data, ports["valkey"], secrets.password("valkey"))
    kafka = Kafka(settings.data, ports["kafka"], ports["kafka-controller"])
    superuser = settings.database_url or postgres.url
    addresses = _addresses(settings, secrets, superuser, kafka.bootstrap, valkey.url)

    # Kafka first: it takes longest.
    parts: list[Part] = [] if settings.kafka_bootstrap else [*kafka.parts()]
    parts += [] if settings.database_url else postgres.parts()
    parts += [] if settings.redis_url else [valkey.part()]
    parts.append(_topics(settings, addresses))
    if not settings.servers_only:
        parts += _services(settings, secrets, addresses, superuser, {part.name for part in parts})
        parts += _outer(settings, secrets, addresses)
    return Plan(tuple(parts), addresses, superuser)


def _addresses(settings: Settings, secrets: SecretsFile, superuser: str, kafka: str, redis: str) -> Addresses:
    ports = settings.ports
    packages = [package for package, _ in SERVICES.values()]
    return Addresses(
        public_origin=settings.public_origin,
        kafka_bootstrap=settings.kafka_bootstrap or kafka,
        redis_url=settings.redis_url or redis,
        smtp_url=settings.smtp_url or f"smtp://127.0.0.1:{ports['smtp']}",
        mailbox_url=f"http://localhost:{ports['mailbox']}",
        simulator_url=f"http://localhost:{ports['simulator']}",
        stripe_url=f"http://localhost:{ports['stripe']}",
        dns_resolver=f"127.0.0.1:{ports['dns']}",
        dns_records=str(records_file(settings.data)),
        databases={package: database_urls(superuser, package, secrets) for package in packages},
        api_ports={service: ports[f"{service} api"] for service in SERVICES},
        worker_ports={service: ports[f"{service} worker"] for service in SERVICES},
    )


def _topics(settings: Settings, addresses: Addresses) -> Step:
    # A cluster of somebody else's decides itself how often it keeps a record: -1 is its default.
    copies, after = (-1, ()) if settings.kafka_bootstrap else (1, ("kafka",))

    async def create() -> None:
        from local_stack.servers.topics import create_topics  # loads aiokafka while the servers start

        await create_topics(addresses.kafka_bootstrap, settings.kafka_partitions, copies)

    return Step("topics", create, after)


def _services(
    settings: Settings,
    secrets: SecretsFile,
    addresses: Addresses,
    superuser: str,
    servers: set[str],
) -> list[Part]:
    parts: list[Part] = []
    more = {} if settings.throwaway else FOR_ONLOOKERS
    for service, (package, variables) in SERVICES.items():
        database, migrate = f"{service} database", f"{service} migrate"
        create = partial(create_database, superuser, package, secrets)
        schema = _python(package, "migrate", variables=variables(addresses, secrets, "migrate"))
        parts.append(Step(database, create, tuple({"postgres"} & servers)))
        parts.append(Job(migrate, schema, (database,)))
        needs = (migrate, "topics", *({"valkey"} & servers))
        for process in ("api", "worker") if service in settings.services else ():
            command = _python(package, process, variables=variables(addresses, secrets, process) | more)
            health = http(settings.ports[f"{service} {process}"], "/health/ready")
            sources = _sources(settings, package, *LIBRARIES)
            parts.append(Daemon(f"{service} {process}", command, health, needs, sources=sources))
    return parts


def _outer(settings: Settings, secrets: SecretsFile, addresses: Addresses) -> list[Part]:
    """What stands around the services: mailbox, Stripe, DNS, gateway and, once all answer, the simulator."""
    ports, data = settings.ports, settings.data
    smtp = None if settings.smtp_url else ports["smtp"]
    everything = tuple(f"{service} {kind}" for service in settings.services for kind in ("api", "worker"))

    def stand_in(name: str, module: str, variables: Variables, after: tuple[str, ...] = ()) -> Daemon:
        # The simulator is ready once the portals are set up, and may wait for a service that is left out.
        any_answer = name == "mailbox" or settings.without
        ready = tcp(ports[name]) if any_answer else http(ports[name], "/health/ready")
        command = _python(module, variables=variables)
        return Daemon(name, command, ready, after, sources=_sources(settings, module))

    mailbox = environment.mailbox(addresses, secrets, ports["mailbox"], smtp)
    stripe = environment.stripe_sandbox(addresses, secrets, ports["stripe"], data)
    simulator = environment.simulator(addresses, secrets, ports["simulator"], data)
    return [
        stand_in("mailbox", "stand_in_mailbox", mailbox),
        stand_in("stripe", "stand_in_stripe", stripe),
        name_server(data, ports["dns"]),
        gateway(data, ports["gateway"], addresses.api_ports, ports["simulator"]),
        stand_in("simulator", "stand_in_servicehub", simulator, everything),
    ]


def _python(module: str, *arguments: str, variables: Variables) -> Command:
    return Command((sys.executable, "-m", module, *arguments), variables)


def _sources(settings: Settings, *packages: str) -> tuple[Path, ...]:
    return tuple(folder_of(package) for package in packages) if settings.reload else ()
