"""Where words can be read by somebody who holds no key: Valkey, and what the services have logged."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from local_stack.environment import Addresses
from redis.asyncio import Redis

from tests.chaos.faults.processes import ServiceProcess, processes_of
from tests.chaos.judges.personal_data import Traces

_ALL = {
    "string": ("GET",),
    "hash": ("HGETALL",),
    "list": ("LRANGE", 0, -1),
    "set": ("SMEMBERS",),
    "zset": ("ZRANGE", 0, -1),
    "stream": ("XRANGE", "-", "+"),
}
"""How a value of each type is read whole."""


async def in_valkey(addresses: Addresses, words: Iterable[str]) -> Traces:
    """Keys, by their first part, under which or in whose names a word can be read."""
    traces: Traces = {}
    wanted = [word.lower().encode() for word in words]
    async for key, value in _everything(addresses.redis_url):
        here = (key + b"\n" + value).lower()
        if read := {word.decode() for word in wanted if word in here}:
            traces.setdefault(f"valkey {key.decode(errors='replace').split(':')[0]}", set()).update(read)
    return traces


async def _everything(url: str) -> AsyncGenerator[tuple[bytes, bytes]]:
    async with cast(Any, Redis.from_url(url)) as client:  # pyright: ignore[reportUnknownMemberType]  # redis-py's
        async for key in client.scan_iter(count=1000):
            command, *more = _ALL[(await client.type(key)).decode()]
            yield key, repr(await client.execute_command(command, key, *more)).encode()


def in_logs(addresses: Addresses, words: Iterable[str]) -> Traces:
    """Logs of services that hold a word."""
    traces: Traces = {}
    wanted = [word.lower() for word in words]
    logs = list(_logs(processes_of(addresses)))
    assert any(log.stat().st_size for log in logs), "every log is empty: a search of them proves nothing"
    for log in logs:
        text = log.read_text(errors="replace").lower()
        if read := {word for word in wanted if word in text}:
            traces[log.name] = read
    return traces


def _logs(processes: Iterable[ServiceProcess]) -> Iterator[Path]:
    for process in processes:
        log = _data_of(process.find()[0]) / "logs" / f"{process.name.replace(' ', '-')}.log"
        yield log


def _data_of(pid: int) -> Path:
    """The folder of the stack whose supervisor started this process."""
    status = Path(f"/proc/{pid}/status").read_text()
    (parent,) = (line.split()[1] for line in status.splitlines() if line.startswith("PPid:"))
    settings = Path(f"/proc/{parent}/environ").read_bytes().decode().split("\0")
    return Path(next(each for each in settings if each.startswith("LOCAL_DATA=")).partition("=")[2])
