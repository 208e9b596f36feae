"""AsyncAPI's own parser and ajv, installed from `json_judges_npm/package-lock.json`."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tests.contract.support import npm
from tests.contract.support.npm import node

JUDGES = Path(__file__).parent / "json_judges_npm"
ERROR = 0
"""A diagnostic of this severity makes a document invalid."""


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
            [node(), str(JUDGES / "judge.mjs"), str(self._folder)],
            input=msgspec.json.encode(job),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


def installed() -> Judges:
    """The judges, installed if they are not yet. Raises `npm.NotInstalled`."""
    return Judges(npm.installed(JUDGES, "judges"))
