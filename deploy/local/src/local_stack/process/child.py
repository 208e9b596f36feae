"""One running process: started in a session of its own, its output pumped, stopped with its whole group."""

import asyncio
import os
import signal
from collections.abc import Callable

from local_stack.process.console import PartLog
from local_stack.process.linux import die_with_parent
from local_stack.process.parts import Command

CHUNK_BYTES = 65_536


class Child:
    """A started process. Start it from the main thread only: the kernel's parent is the thread, not the process."""

    def __init__(self, process: asyncio.subprocess.Process, command: Command, log: PartLog) -> None:
        self._process = process
        self._command = command
        self._pump = asyncio.create_task(_pump(process, log))

    @classmethod
    async def start(cls, command: Command, log: PartLog) -> "Child":
        """Start `command`. Raises OSError when the program is not there or may not run."""
        process = await asyncio.create_subprocess_exec(
            *command.argv,
            env=dict(command.env),
            cwd=command.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_before_exec(command),
        )
        return cls(process, command, log)

    @property
    def pid(self) -> int:
        """Process id, and the id of its process group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """True until its end was seen."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        code = await self._process.wait()
        # A grandchild may hold the pipe open: its last words are worth a moment, not for ever.
        await asyncio.wait({self._pump}, timeout=1)
        self._pump.cancel()
        return code

    async def stop(self, grace_seconds: float) -> None:
        """Ask it to stop; after the grace time kill its whole group."""
        if self.running:
            self._process.send_signal(self._command.stop_signal)
            try:
                async with asyncio.timeout(grace_seconds):
                    await self._process.wait()
            except TimeoutError:
                pass
        self.kill()
        await self.wait()

    def kill(self) -> None:
        """SIGKILL its process group, also what it left behind."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def _before_exec(command: Command) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        if command.user is not None:
            os.setgroups([])
            os.setgid(command.user.gid)
            os.setuid(command.user.uid)
        die_with_parent(parent, command.orphaned_signal)

    return prepare


async def _pump(process: asyncio.subprocess.Process, log: PartLog) -> None:
    stdout = process.stdout
    if stdout is None:
        return
    rest = b""
    while chunk := await stdout.read(CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            log.write(line.decode(errors="replace").rstrip("\r"))
    if rest:
        log.write(rest.decode(errors="replace"))
