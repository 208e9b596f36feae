"""Where the output of the parts goes: coloured, prefixed lines on the terminal, and a log file each."""

import os
import sys
from collections import deque
from pathlib import Path
from typing import TextIO

from local_stack.process.lines import readable

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
TAIL_LINES = 25
WIDTH = 20


class Console:
    """One per stack. A closed terminal never stops the stack: the log files go on."""

    def __init__(self, logs: Path, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self.logs = logs
        self.verbose = verbose
        self._stream = stream or sys.stdout
        self._colour = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._count = 0
        logs.mkdir(parents=True, exist_ok=True)

    def say(self, text: str) -> None:
        """Write one line of the supervisor's own."""
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # the reader is gone; the log files remain

    def log_for(self, name: str, *, echo: bool) -> "PartLog":
        """Open the log of one part; `echo` repeats it on the terminal."""
        colour = COLOURS[self._count % len(COLOURS)]
        self._count += 1
        return PartLog(self, name, colour, echo=echo or self.verbose)

    def line(self, name: str, colour: int, text: str) -> None:
        """Write a text of a part, each of its lines with the prefix."""
        prefix = f"{name:<{WIDTH}} |"
        if self._colour:
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        for line in text.splitlines():
            self.say(f"{prefix} {line}")


class PartLog:
    """The output of one part: its file, its last lines, and its share of the terminal."""

    def __init__(self, console: Console, name: str, colour: int, *, echo: bool) -> None:
        self.path = console.logs / f"{name.replace(' ', '-')}.log"
        self._console, self._name, self._colour, self._echo = console, name, colour, echo
        self._file = self.path.open("w", encoding="utf-8")
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def write(self, line: str) -> None:
        """Take one line, without its line end."""
        self._tail.append(line)
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError:
            pass  # a full disk must not stop the pump, or the part blocks on its pipe
        if self._echo:
            self._console.line(self._name, self._colour, readable(line))

    def note(self, text: str) -> None:
        """Write a line of the supervisor's own about this part, always to the terminal too."""
        self._console.line(self._name, self._colour, text)

    def tail(self) -> tuple[str, ...]:
        """Return the last lines, oldest first."""
        return tuple(self._tail)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
