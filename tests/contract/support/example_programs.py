"""The programs of docs/examples, started as docs/publishing.md and docs/reading-payments.md say."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from servicehub_events_tools import REPOSITORY

from tests.contract.support.npm import NotInstalled, installed, node

EXAMPLES = REPOSITORY / "docs" / "examples"
SECONDS = 300
"""Go compiles its client the first time."""


Name = Literal["publish", "payments"]
"""What a program does."""


class Missing(Exception):
    """This machine has no such toolchain; the text says what is missing."""


class Program(NamedTuple):
    """A command and the folder it runs in."""

    command: tuple[str, ...]
    folder: Path

    def run(self, bootstrap: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Let it publish to these brokers."""
        return subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env={**os.environ, "KAFKA_BOOTSTRAP": bootstrap},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    @contextmanager
    def following(self, bootstrap: str, file: Path, group: str) -> Generator[subprocess.Popen[str]]:
        """Let it follow the log into a file, in a group of its own; whatever is left at the end is killed."""
        environment = {**os.environ, "KAFKA_BOOTSTRAP": bootstrap, "KAFKA_GROUP": group}
        command = [*self.command, str(file)]
        with subprocess.Popen(command, cwd=self.folder, env=environment, text=True) as process:
            try:
                yield process
            finally:
                process.kill()


def _python(_: Path, name: Name) -> Program:
    return Program((sys.executable, f"{name}.py"), EXAMPLES / "python")


def _node(clone: Path, name: Name) -> Program:
    # Beside its packages in a copy, so that no test writes into the work tree.
    folder = clone / "docs" / "examples" / "node"
    folder.mkdir(parents=True)
    (clone / "libs").symlink_to(REPOSITORY / "libs")
    for file in (EXAMPLES / "node").glob("*.mjs"):
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(installed(EXAMPLES / "node", "publisher-example") / "node_modules")
    return Program((node(), f"{name}.mjs"), folder)


def _go(clone: Path, name: Name) -> Program:
    folder, program = EXAMPLES / "go", clone / name
    if (go := shutil.which("go")) is None:
        raise Missing("there is no Go on this machine")
    fetched = _at(folder, go, "mod", "download")
    if "requires go >=" in fetched.stderr:
        raise Missing(fetched.stderr.strip())
    if fetched.returncode:
        raise NotInstalled(f"go mod download: {fetched.stderr.strip()[-300:]}")
    # `go run` keeps signals to itself; unoptimised, all libraries are compiled in two thirds of the time.
    place = "." if name == "publish" else f"./{name}"
    built = _at(folder, go, "build", "-gcflags=all=-N -l", "-ldflags=-s -w", "-o", str(program), place)
    assert built.returncode == 0, built.stderr
    return Program((str(program),), folder)


def _at(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "GOTOOLCHAIN": "local"},  # fetching another Go is no test of ours
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


PREPARE: dict[str, Callable[[Path, Name], Program]] = {"python": _python, "node": _node, "go": _go}
"""Language → how its program is made ready, given a folder and its name. Raises Missing or NotInstalled."""
