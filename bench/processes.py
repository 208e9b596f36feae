"""What the kernel tells of processes."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from local_stack.environment import SERVICES, Addresses

_KINDS = ("api", "worker")


def descendants(root: int) -> Iterator[int]:
    """All processes below `root`, without itself."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and (parent := _parent(folder)) is not None:
            children[parent].append(int(folder.name))
    waiting = list(children[root])
    while waiting:
        pid = waiting.pop()
        waiting += children[pid]
        yield pid


def _parent(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None  # it ended meanwhile


def words_of(pid: int) -> tuple[str, ...]:
    """The words of a process's command; none when it has ended."""
    try:
        return tuple(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1])
    except OSError:
        return ()


def api_of(service: str) -> int:
    """The web process of a service of the stack below this process."""
    wanted = _command(service, "api")
    return next(pid for pid in descendants(os.getpid()) if words_of(pid)[-3:] == wanted)


def the_ten(addresses: Addresses, commands: Mapping[int, tuple[str, ...]]) -> dict[str, int]:
    """The processes of the services by name, such as `billing worker`, among those with these words."""
    words = {f"{name} {kind}": _command(name, kind) for name in addresses.api_ports for kind in _KINDS}
    return {
        name: next(pid for pid, has in commands.items() if has[-3:] == wanted)
        for name, wanted in words.items()
    }


def _command(service: str, kind: str) -> tuple[str, ...]:
    """What the command of a process ends with."""
    return "-m", SERVICES[service][0], kind


def busy_seconds(pids: Iterable[int]) -> float:
    """The processor's seconds that the threads of these have taken so far, to the nanosecond."""
    return sum(_nanoseconds(thread) for pid in pids for thread in Path(f"/proc/{pid}").glob("task/*")) / 1e9


def _nanoseconds(thread: Path) -> int:
    try:
        return int((thread / "schedstat").read_text().split()[0])
    except OSError:
        return 0  # it ended meanwhile
