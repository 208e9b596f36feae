"""What the running stack says about itself: one lock against a second run, one file that others can read."""

import fcntl
import os
from pathlib import Path
from typing import IO

import msgspec

from local_stack.environment import Addresses


class AlreadyRunning(Exception):
    """Another stack uses this data folder. The text says which process and what to do."""


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
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        with file:
            file.seek(0)
            holder = file.read().strip() or "unknown"
        raise AlreadyRunning(
            f"Another stack (process {holder}) already runs on {data}."
            " Stop it first, or choose another folder and other ports:"
            " LOCAL_DATA=.local/second GATEWAY_PORT=… make run"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def is_running(data: Path) -> bool:
    """True while a stack holds the lock."""
    if not (data / "lock").exists():
        return False
    with (data / "lock").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_state(data: Path, state: State) -> None:
    """Publish the state, whole or not at all. It holds passwords: for its owner only."""
    new = data / "state.json.new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(state))
    new.replace(data / "state.json")


def read_state(data: Path) -> State | None:
    """Return what the running stack last said, or None when none runs there."""
    path = data / "state.json"
    if not path.exists() or not is_running(data):
        return None
    return msgspec.json.decode(path.read_bytes(), type=State)
