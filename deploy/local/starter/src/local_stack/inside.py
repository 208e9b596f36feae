"""A command with the settings of a service: what `kubectl exec` is in a cluster."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from local_stack.environment import SERVICES, Process
from local_stack.secrets_file import SecretsFile
from local_stack.state import read_state


class NotRunning(Exception):
    """There is no stack to work in."""


def settings_of(data: Path, service: str, process: Process) -> dict[str, str]:
    """Return all variables of a process of the stack that runs on `data`. Raises NotRunning."""
    state = read_state(data)
    if state is None:
        raise NotRunning("The local stack is not running. Start it with: make run")
    _, variables = SERVICES[service]
    return variables(state.addresses, SecretsFile(data / "secrets.json"), process)


def run_inside(data: Path, service: str, process: Process, command: Sequence[str]) -> NoReturn:
    """Become the command. Commands of this installation, such as `portal`, are found first."""
    found = settings_of(data, service, process)
    found["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), found.get("PATH", os.defpath)))
    # The words are those of whoever runs this program, with nobody's rights but their own.
    os.execvpe(command[0], list(command), found)  # noqa: S606  # to become that program is the purpose
