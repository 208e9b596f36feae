"""Ports: is each one free, and where are free ones for a test."""

import random
import socket
from collections.abc import Iterator

from local_stack.settings import PORTS, Settings

# Below Linux's range for outgoing connections, so that nothing takes one between our look and our use.
TEST_PORTS = range(20_000, 32_000)


def ports_of_own_servers(settings: Settings) -> set[str]:
    """Return the names of the ports that will be opened, leaving out servers that run elsewhere."""
    names = set(PORTS)
    if settings.database_url:
        names -= {"postgres"}
    if settings.redis_url:
        names -= {"valkey"}
    if settings.smtp_url:
        names -= {"smtp"}
    if settings.kafka_bootstrap:
        names -= {"kafka", "kafka-controller"}
    return names


def taken(settings: Settings, names: set[str]) -> list[str]:
    """Return one sentence for each port that can't be opened, and for each number used twice."""
    problems: list[str] = []
    seen: dict[int, str] = {}
    for name, use in PORTS.items():
        number = settings.ports[name]
        if name not in names:
            continue
        if number in seen:
            problems.append(
                f"Port {number} is given to both {seen[number]} and {use.purpose}: change {use.setting}."
            )
        elif not is_free(number):
            problems.append(
                f"Port {number} ({use.purpose}) is taken by another program."
                f" Stop that program, or choose another port: {use.setting}={_another(number)} make run"
            )
        seen[number] = use.purpose
    return problems


def _another(number: int) -> int:
    return number + 10_000 if number < 50_000 else 18_000


def is_free(number: int) -> bool:
    """True when 127.0.0.1 lets us listen there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
            probe.listen(1)
        except OSError:
            return False
        return True


def free_ports() -> dict[str, str]:
    """Return a setting and a free number for every port of the stack, as environment variables."""
    numbers = _free_numbers()
    return {use.setting: str(next(numbers)) for use in PORTS.values()}


def _free_numbers() -> Iterator[int]:
    for number in random.SystemRandom().sample(TEST_PORTS, len(TEST_PORTS)):
        if is_free(number):
            yield number
