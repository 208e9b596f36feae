"""The programs of docs/examples, started as docs/publishing.md says."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from servicehub_events_tools import REPOSITORY

from tests.contract.support.npm import NotInstalled, installed, node

EXAMPLES = REPOSITORY / "docs" / "examples"
SECONDS = 300
"""Go compiles its client the first time."""


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


def _python(_: Path) -> Program:
    return Program((sys.executable, "publish.py"), EXAMPLES / "python")


def _node(clone: Path) -> Program:
    # Beside its packages in a copy, so that no test writes into the work tree.
    folder = clone / "docs" / "examples" / "node"
    folder.mkdir(parents=True)
    (clone / "libs").symlink_to(REPOSITORY / "libs")
    for file in (EXAMPLES / "node").glob("*.mjs"):
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(installed(EXAMPLES / "node", "publisher-example") / "node_modules")
    return Program((node(), "publish.mjs"), folder)


def _go(_: Path) -> Program:
    folder = EXAMPLES / "go"
    if (go := shutil.which("go")) is None:
        raise Missing("there is no Go on this machine")
    done = subprocess.run(
        [go, "mod", "download"],
        cwd=folder,
        env={**os.environ, "GOTOOLCHAIN": "local"},  # fetching another Go is no test of ours
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if "requires go >=" in done.stderr:
        raise Missing(done.stderr.strip())
    if done.returncode:
        raise NotInstalled(f"go mod download: {done.stderr.strip()[-300:]}")
    return Program((go, "run", "."), folder)


PREPARE: dict[str, Callable[[Path], Program]] = {"python": _python, "node": _node, "go": _go}
"""Language → how its program is made ready, given an empty folder. Raises Missing or NotInstalled."""
