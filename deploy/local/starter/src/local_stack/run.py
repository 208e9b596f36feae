"""Run the stack until it is told to stop."""

import asyncio
import os
import sys
import time

from local_stack.environment import SERVICES
from local_stack.errors import StackError, explain
from local_stack.plan import Plan, make_plan
from local_stack.ports import free_base, taken
from local_stack.process.console import Console
from local_stack.process.guard import run_guarded
from local_stack.process.parts import PartFailed
from local_stack.process.supervisor import Supervisor
from local_stack.secrets_file import SecretsFile
from local_stack.settings import Settings
from local_stack.state import State, lock, write_state
from local_stack.welcome import welcome

FAILED = 1


def run(settings: Settings, *, end_with_parent: bool) -> int:
    """Start everything, print the addresses, wait for a signal. Returns the exit code; no process is left."""
    began = time.monotonic()

    def supervise() -> int:
        console = Console(settings.data / "logs", verbose=settings.verbose)
        try:
            plan = make_plan(settings, SecretsFile(settings.data / "secrets.json"))
            asyncio.run(_supervise(plan, settings, console, began))
        except PartFailed as failure:
            console.say(_last_words(failure, console))
        except StackError as problem:
            console.say(str(problem))
        except OSError as problem:
            console.say(f"The stack stopped: {explain(problem)}")
        else:
            return 0
        return FAILED

    with lock(settings.data):
        if problems := taken(settings.ports, settings.own_ports):
            move = f"All ports at once, with data of its own beside this: PORT_BASE={free_base()} make run"
            raise StackError("\n".join((*problems, move)))
        return run_guarded(supervise, end_with_parent=end_with_parent)


async def _supervise(plan: Plan, settings: Settings, console: Console, began: float) -> None:
    state = State(os.getpid(), False, {}, plan.addresses, plan.superuser_url)

    def changed(parts: dict[str, str]) -> None:
        state.parts = parts
        write_state(settings.data, state)

    async def ready() -> None:
        state.ready = True
        changed(state.parts)
        seconds = time.monotonic() - began
        console.say(await welcome(plan.addresses, seconds, servers_only=settings.servers_only))
        for service in sorted(settings.without):
            console.say(_by_hand(service))

    await Supervisor(plan.parts, console, changed).run(ready)


def _by_hand(service: str) -> str:
    package = SERVICES[service][0]
    chosen = (f"{name}={os.environ[name]} " for name in ("LOCAL_DATA", "PORT_BASE") if os.environ.get(name))
    line = f"{''.join(chosen)}{os.path.relpath(sys.executable)} -m local_stack exec"
    return f"""\
  {service} is left out. Its database is ready, and everybody looks for it at its ports. In two shells:
    {line} {service} python -m {package} api
    {line} {service} python -m {package} worker
  In an IDE: the module {package} with the argument `api` or `worker`, and the variables that this writes:
    {line} --as api {service} env > .local/{service}-api.env
"""


def _last_words(failure: PartFailed, console: Console) -> str:
    log = console.path_of(failure.name)
    tail = "".join(f"\n    {line}" for line in failure.tail)
    where = f"\nIts last lines ({log}):{tail}" if tail else ""
    return f"\nThe stack could not start: {failure}.{where}"
