"""The ports of the stack: one table, whether each is free, and free ones for a test."""

import random
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local_stack.environment import SERVICES
from local_stack.errors import SettingError

# Below Linux's range for outgoing connections, so that nothing takes one between our look and our use.
TEST_PORTS = range(20_000, 32_000)
BASES = range(9_000, 60_000, 1_000)


@dataclass(frozen=True)
class PortUse:
    """A port: the setting that moves it, its default, its place after PORT_BASE, and what it is for."""

    setting: str
    default: int
    offset: int
    purpose: str


def _of_service(number: int, service: str, process: str) -> PortUse:
    package = SERVICES[service][0].upper()
    if process == "api":
        return PortUse(f"{package}_PORT", 8100 + number, 10 + number, service)
    return PortUse(f"{package}_WORKER_PORT", 8200 + number, 20 + number, f"health of {service}'s worker")


SERVERS: dict[str, PortUse] = {
    "postgres": PortUse("POSTGRES_PORT", 5432, 5, "PostgreSQL"),
    "valkey": PortUse("VALKEY_PORT", 6379, 6, "Valkey"),
    "kafka": PortUse("KAFKA_PORT", 9092, 7, "Kafka"),
    "kafka-controller": PortUse("KAFKA_CONTROLLER_PORT", 9093, 8, "Kafka's controller"),
}
PORTS: dict[str, PortUse] = {
    "gateway": PortUse("GATEWAY_PORT", 8080, 0, "the portal in your browser"),
    "mailbox": PortUse("MAILBOX_PORT", 8025, 1, "the mailbox page"),
    "smtp": PortUse("SMTP_PORT", 1025, 2, "mail on its way to the mailbox"),
    "simulator": PortUse("SIMULATOR_PORT", 8090, 3, "the ServiceHub simulator"),
    "stripe": PortUse("STRIPE_PORT", 12111, 4, "the Stripe sandbox"),
    "dns": PortUse("DNS_PORT", 8053, 9, "the DNS stand-in"),
    **SERVERS,
    **{
        f"{service} {process}": _of_service(number, service, process)
        for process in ("api", "worker")
        for number, service in enumerate(SERVICES, 1)
    },
}


def port_numbers(environment: Mapping[str, str]) -> dict[str, int]:
    """Return the number of each port: its own setting, else PORT_BASE and its place, else its default."""
    largest = 65_535 - max(use.offset for use in PORTS.values())
    base = number(environment, "PORT_BASE", 0, largest) if environment.get("PORT_BASE") else 0
    return {
        name: number(environment, use.setting, base + use.offset if base else use.default, 65_535)
        for name, use in PORTS.items()
    }


def number(environment: Mapping[str, str], name: str, default: int, largest: int) -> int:
    """Return a setting that is a number from 1 on. Raises SettingError."""
    text = environment.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= largest:
        raise SettingError(f"{name} must be a number from 1 to {largest}; it is {text!r}")
    return int(text)


def taken(numbers: Mapping[str, int], names: set[str]) -> list[str]:
    """Return one sentence for each port that can't be opened, and for each number used twice."""
    problems: list[str] = []
    users: dict[int, str] = {}
    for name, use in PORTS.items():
        port = numbers[name]
        if name not in names:
            continue
        if port in users:
            problems.append(
                f"Port {port} is given to both {users[port]} and {use.purpose}: change {use.setting}."
            )
        elif not is_free(port):
            another = port + 10_000 if port < 50_000 else 18_000
            problems.append(
                f"Port {port} ({use.purpose}) is taken by another program."
                f" Stop that program, or choose another port: {use.setting}={another} make run"
            )
        users[port] = use.purpose
    return problems


def free_base() -> int:
    """Return a PORT_BASE after which all ports are free."""
    return next(base for base in BASES if all(is_free(base + use.offset) for use in PORTS.values()))


def is_free(port: int) -> bool:
    """True when 127.0.0.1 lets us listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
        return True


def free_ports() -> dict[str, str]:
    """Return a setting and a free number for every port of the stack, as environment variables."""
    numbers = _free_numbers()
    return {use.setting: str(next(numbers)) for use in PORTS.values()}


def _free_numbers() -> Iterator[int]:
    for port in random.SystemRandom().sample(TEST_PORTS, len(TEST_PORTS)):
        if is_free(port):
            yield port
