"""What the running stack says about itself: one lock against a second run, one file that others can read."""

import fcntl
import os
from pathlib import Path
from typing import IO

import msgspec

from local_stack.environment import Addresses
from local_stack.errors import StackError
from local_stack.ports import free_base
from local_stack.secrets_file import write_whole


class State(msgspec.Struct):
    """`parts` maps each name to waiting, starting, ready, done or restarting; `ready` is the whole."""

    pid: int
    ready: bool
    parts: dict[str, str]
    addresses: Addresses
    superuser_url: str


def lock(data: Path) -> IO[str]:
    """Take the data folder for this process and its forks. Keep the file open as long as it is needed."""
    data.mkdir(parents=True, exist_ok=True)
    file = (data / "lock").open("a+")
    if not _acquire(file):
        with file:
            file.seek(0)
            holder = file.read().strip() or "unknown"
        raise StackError(
            f"Another stack (process {holder}) already runs on {data}. Stop it first, or start this one on"
            f" other ports, with data of its own: PORT_BASE={free_base()} make run (or a LOCAL_DATA=…)"
        )
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def is_running(data: Path) -> bool:
    """True while a stack holds the lock."""
    if not (data / "lock").exists():
        return False
    with (data / "lock").open() as file:
        return not _acquire(file)


def write_state(data: Path, state: State) -> None:
    """Publish the state. It holds passwords."""
    write_whole(data / "state.json", msgspec.json.encode(state))


def read_state(data: Path) -> State | None:
    """Return what the running stack last said, or None when none runs there."""
    path = data / "state.json"
    if not path.exists() or not is_running(data):
        return None
    return msgspec.json.decode(path.read_bytes(), type=State)


def running(data: Path) -> State:
    """Return what the running stack last said. Raises StackError when none runs there."""
    if (state := read_state(data)) is None:
        raise StackError(f"No local stack runs on {data}. Start it with: make run")
    return state


def _acquire(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
