"""Start a stack beside the tests and wait until it is ready."""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from local_stack.environment import Addresses
from local_stack.ports import free_ports
from local_stack.settings import repository
from local_stack.state import State, read_state

from portal_testing.stack.databases import Servers

START_SECONDS = 180.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05


class StackFailed(Exception):
    """The stack did not come up; the text is what it said."""


@contextmanager
def servers() -> Generator[Servers]:
    """Run PostgreSQL, Valkey and Kafka with all topics, until the block ends. Blocks about 4 s."""
    with _stack("--servers-only", {}) as (data, state):
        yield Servers(data, state)


@contextmanager
def full_stack(settings: Mapping[str, str] | None = None) -> Generator[Addresses]:
    """Run everything, demo businesses included, until the block ends. `settings`: environment variables."""
    with _stack("--no-servers-only", settings or {}) as (_, state):
        yield state.addresses


@functools.cache
def shared_servers() -> Servers:
    """Return the servers of this test run: started at the first call, stopped when the process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(servers())


@contextmanager
def _stack(which: str, settings: Mapping[str, str]) -> Generator[tuple[Path, State]]:
    data = _fresh_folder()
    command = [sys.executable, "-m", "local_stack", "run", which, "--throwaway", "--end-with-parent"]
    environment = {**os.environ, **free_ports(), "LOCAL_DATA": str(data), **settings}
    try:
        with (data / "output.log").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield data, _wait_until_ready(process, data)
        finally:
            _stop(process)
    finally:
        subprocess.run(
            [sys.executable, "-m", "local_stack", "clean"], env=environment, check=False, capture_output=True
        )
        shutil.rmtree(data, ignore_errors=True)


def _fresh_folder() -> Path:
    base = repository() / ".local" / "test"
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="stack-", dir=base))
    folder.chmod(0o711)  # PostgreSQL's account must be able to pass
    return folder


def _wait_until_ready(process: subprocess.Popen[bytes], data: Path) -> State:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        state = read_state(data)
        if state is not None and state.ready:
            return state
        time.sleep(POLL_SECONDS)
    raise StackFailed("The stack did not come up:\n" + (data / "output.log").read_text(errors="replace"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
