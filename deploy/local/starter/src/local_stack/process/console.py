"""Where the output of the parts goes: coloured, prefixed lines on the terminal, and a log file each."""

import os
import sys
from collections import deque
from contextlib import suppress
from logging import LogRecord, makeLogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO
from zlib import crc32

from local_stack.process.lines import readable

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
TAIL_LINES = 25
WIDTH = 20
LOG_BYTES = 4_000_000
"""Of one file. A full one is kept once, as `.log.1`, and so over restarts."""


class Console:
    """One per stack. A closed terminal never stops the stack: the log files go on."""

    def __init__(self, logs: Path, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self._logs = logs
        self._verbose = verbose
        self._stream = stream or sys.stdout
        self._colour = self._stream.isatty() and "NO_COLOR" not in os.environ
        logs.mkdir(parents=True, exist_ok=True)

    def path_of(self, name: str) -> Path:
        """Return the log file of a part."""
        return self._logs / f"{name.replace(' ', '-')}.log"

    def say(self, text: str) -> None:
        """Write one line of the supervisor's own."""
        with suppress(OSError, ValueError):  # the reader is gone; the log files remain
            self._stream.write(text + "\n")
            self._stream.flush()

    def line(self, name: str, text: str) -> None:
        """Write a text of a part, each of its lines with the prefix."""
        prefix = f"{name:<{WIDTH}} |"
        if self._colour:
            prefix = f"\x1b[{COLOURS[crc32(name.encode()) % len(COLOURS)]}m{prefix}\x1b[0m"
        for line in text.splitlines():
            self.say(f"{prefix} {line}")

    def log_for(self, name: str, *, echo: bool) -> "PartLog":
        """Open the log of one part; `echo` repeats it on the terminal."""
        return PartLog(self, name, echo=echo or self._verbose)


class PartLog:
    """The output of one part: its file, its last lines, and its share of the terminal."""

    def __init__(self, console: Console, name: str, *, echo: bool) -> None:
        self._console, self._name, self._echo = console, name, echo
        self._file = _LogFile(console.path_of(name), maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def write(self, line: str) -> None:
        """Take one line, without its line end."""
        self._tail.append(line)
        self._file.handle(makeLogRecord({"msg": line}))
        if self._echo:
            self._console.line(self._name, readable(line))

    def note(self, text: str) -> None:
        """Write a line of the supervisor's own about this part, always to the terminal too."""
        self._console.line(self._name, text)

    def tail(self) -> tuple[str, ...]:
        """Return the last lines, oldest first."""
        return tuple(self._tail)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # of a full disk
            self._file.close()


class _LogFile(RotatingFileHandler):
    def handleError(self, record: LogRecord) -> None:  # noqa: N802  # logging's own name
        """Go on: a full disk must not stop the pump, or the part blocks on its pipe."""
