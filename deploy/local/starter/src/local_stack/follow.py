"""The logs of the running stack at another terminal, looking as they do where it was started."""

import os
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from watchfiles import watch

from local_stack.errors import StackError
from local_stack.process.console import Console
from local_stack.process.lines import readable
from local_stack.state import is_running, running

NEWEST_LINES = 20
LOOK_MILLISECONDS = 1_000


def follow(data: Path, part: str) -> None:
    """Show the newest lines of a part's logs, and new ones as they come, until the stack stops.

    A service has several; with no part named all are shown. Raises StackError when there is nothing to show.
    """
    parts = running(data).parts
    console = Console(data / "logs")
    names = [name for name in parts if console.path_of(name).exists()]
    tails = [_Tail(name, console) for name in names if not part or name.split()[0] == part]
    if not tails:
        there = sorted({name.split()[0] for name in names})
        raise StackError(f"Nothing named {part} has a log here; there are {', '.join(there)}.")
    for tail in tails:
        tail.show(newest=NEWEST_LINES)
    with suppress(KeyboardInterrupt):
        for _ in watch(data / "logs", rust_timeout=LOOK_MILLISECONDS, yield_on_timeout=True):
            for tail in tails:
                tail.show()
            if not is_running(data):
                console.say("The stack has stopped.")
                break
    for tail in tails:
        tail.close()


class _Tail:
    """Reads a log file on from where it was, also when a new one has taken its place."""

    def __init__(self, name: str, console: Console) -> None:
        self._name, self._console = name, console
        self._path = console.path_of(name)
        self._file, self._rest = self._open(), ""

    def show(self, newest: int | None = None) -> None:
        """Show the lines that came since the last call, or the newest of them."""
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        for line in deque(lines, newest):
            self._console.line(self._name, readable(line))
        if self._path.exists() and os.fstat(self._file.fileno()).st_ino != self._path.stat().st_ino:
            self.close()
            self._file, self._rest = self._open(), ""
            self.show()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _open(self) -> TextIO:
        return self._path.open(encoding="utf-8", errors="replace")
