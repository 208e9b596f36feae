"""One running process: started in a session of its own, its output pumped, stopped with its whole group.

asyncio's own subprocess is not used: it calls a process ended only once its pipe is closed, which a
grandchild can hold open for ever.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from typing import IO

from local_stack.process.console import PartLog
from local_stack.process.linux import die_with_parent
from local_stack.process.parts import Command

LONGEST_LINE_BYTES = 2**24
POLL_SECONDS = 0.1
LAST_WORDS_SECONDS = 1.0
CLOCK = ("TZ", "LD_PRELOAD", "FAKETIME", "DONT_FAKE_MONOTONIC")
"""What sets this process's clock and time zone elsewhere: then all of the stack's are there."""


class Child:
    """A started process. Start it from the main thread: to the kernel the thread is the parent."""

    def __init__(self, command: Command, log: PartLog) -> None:
        """Start `command`. Raises OSError when the program is not there or may not run."""
        clock = {name: os.environ[name] for name in CLOCK if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - our own commands
            command.argv,
            env={**clock, **command.env},
            cwd=command.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            preexec_fn=_before_exec(command),  # noqa: PLW1509 - it takes no lock
        )
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._stop_signal = command.stop_signal
        self._pump = asyncio.create_task(_pump(self._process.stdout, log))
        self._ended = asyncio.create_task(_ended(self._process))

    async def wait(self) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        code = await asyncio.shield(self._ended)
        # A grandchild may hold the pipe open: its last words are worth a moment, not for ever.
        await asyncio.wait({self._pump}, timeout=LAST_WORDS_SECONDS)
        self._pump.cancel()
        return code

    async def stop(self, grace_seconds: float) -> None:
        """Ask it to stop; after the grace time kill its whole group."""
        if not self._ended.done():
            self._process.send_signal(self._stop_signal)
            await asyncio.wait({self._ended}, timeout=grace_seconds)
        self.kill()
        await self.wait()

    def kill(self) -> None:
        """SIGKILL its process group, also what it left behind."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _before_exec(command: Command) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if command.user is not None:
            os.setgroups([])
            os.setgid(command.user.gid)
            os.setuid(command.user.uid)
        die_with_parent(parent, command.orphaned_signal)

    return prepare


async def _ended(process: subprocess.Popen[bytes]) -> int:
    if hasattr(os, "pidfd_open"):
        await _readable(os.pidfd_open(process.pid))
    while (code := process.poll()) is None:  # noqa: ASYNC110 - there is no event without pidfd
        await asyncio.sleep(POLL_SECONDS)
    return code


async def _readable(descriptor: int) -> None:
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, event.set)
    try:
        await event.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _pump(output: IO[bytes], log: PartLog) -> None:
    reader = asyncio.StreamReader(limit=LONGEST_LINE_BYTES)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), output
    )
    with closing(transport):
        async for line in reader:
            log.write(line.decode(errors="replace").rstrip("\r\n"))
