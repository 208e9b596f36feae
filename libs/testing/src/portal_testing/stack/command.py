"""The `portal` command, as an operator types it in the pod of a worker.

Each is a process of its own, forked from one that has imported what is installed: an import takes a second of
a processor, and a test run types hundreds of commands.
"""

import asyncio
import json
import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, NamedTuple, cast


class Said(NamedTuple):
    """How it ended, and what it said on standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """One value a line."""
        return [json.loads(line) for line in self.out.splitlines()]


async def portal(environment: Mapping[str, str], *words: str, text: str = "") -> Said:
    """Run it with these words, and `text` on standard input."""
    running = await start(environment, *words, text=text)
    out, err = await asyncio.gather(running.stdout.read(), running.stderr.read())
    return Said(await running.wait(), out.decode(), err.decode())


async def start(environment: Mapping[str, str], *words: str, text: str = "") -> "Running":
    """The command as it begins to run."""
    (stdin, typed), (out, stdout), (err, stderr) = (os.pipe() for _ in range(3))
    ends = [Connection(end) for end in (stdin, stdout, stderr)]  # which can be sent to a process
    process = _forks().Process(target=_run, args=(ends, words, dict(environment)), daemon=True)
    await asyncio.to_thread(process.start)
    for end in ends:
        end.close()
    with suppress(BrokenPipeError), os.fdopen(typed, "w") as typing:
        typing.write(text)
    return Running(process, await _reader(out), await _reader(err))


@dataclass(frozen=True)
class Running:
    """A command that may not have ended yet, and what it says."""

    process: ForkServerProcess
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader

    def send_signal(self, number: int) -> None:
        os.kill(cast("int", self.process.pid), number)  # it has begun

    async def wait(self) -> int:
        """Its exit code, or less than 0: the signal that ended it."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self.process.sentinel)
        self.process.join()
        return cast("int", self.process.exitcode)


@cache
def _forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([point.module for point in entry_points(group="portal.commands")])
    return context


async def _reader(end: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(end, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


def _run(ends: Sequence[Connection], words: Sequence[str], environment: Mapping[str, str]) -> None:
    """In the new process: what the shell does, then the script that is installed."""
    for number, end in enumerate(ends):
        os.dup2(end.fileno(), number)
        end.close()
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115  # kept open
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115  # kept open
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    script = Path(sys.executable).parent / "portal"
    sys.argv = [str(script), *words]
    runpy.run_path(str(script), run_name="__main__")
