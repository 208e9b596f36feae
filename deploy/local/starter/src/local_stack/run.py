"""Run the stack until it is told to stop."""

import asyncio
import os
import sys
import time

from local_stack.packages import NotInstalled
from local_stack.plan import Plan, make_plan, server_ports
from local_stack.ports import ports_of_own_servers, taken
from local_stack.process.console import Console
from local_stack.process.guard import run_guarded
from local_stack.process.parts import PartFailed
from local_stack.process.supervisor import Supervisor
from local_stack.secrets_file import SecretsFile
from local_stack.settings import Settings
from local_stack.state import State, lock, write_state
from local_stack.welcome import welcome

FAILED = 1


def run(
    settings: Settings,
    *,
    servers_only: bool = False,
    throwaway: bool = False,
    verbose: bool = False,
    end_with_parent: bool = False,
) -> int:
    """Start everything, print the addresses, wait for a signal. Returns the exit code; no process is left."""
    began = time.monotonic()
    held = lock(settings.data)
    names = ports_of_own_servers(settings)
    if problems := taken(settings, names & server_ports() if servers_only else names):
        print("\n".join(problems), file=sys.stderr)  # noqa: T201
        return FAILED

    def supervise() -> int:
        console = Console(settings.data / "logs", verbose=verbose)
        secrets = SecretsFile(settings.data / "secrets.json")
        try:
            plan = make_plan(settings, secrets, servers_only=servers_only, throwaway=throwaway)
        except NotInstalled as problem:
            console.say(str(problem))
            return FAILED
        return asyncio.run(_supervise(plan, settings, console, began, servers_only=servers_only))

    with held:
        return run_guarded(supervise, end_with_parent=end_with_parent)


async def _supervise(
    plan: Plan, settings: Settings, console: Console, began: float, *, servers_only: bool
) -> int:
    state = State(
        os.getpid(), ready=False, parts={}, addresses=plan.addresses, superuser_url=plan.superuser_url
    )

    def changed(parts: dict[str, str]) -> None:
        state.parts = parts
        write_state(settings.data, state)

    async def ready() -> None:
        state.ready = True
        changed(state.parts)
        console.say(await welcome(plan.addresses, time.monotonic() - began, servers_only=servers_only))

    try:
        await Supervisor(plan.parts, console, changed).run(ready)
    except PartFailed as failure:
        console.say(_explain(failure, console))
        return FAILED
    return 0


def _explain(failure: PartFailed, console: Console) -> str:
    log = console.logs / f"{failure.name.replace(' ', '-')}.log"
    tail = "".join(f"\n    {line}" for line in failure.tail)
    where = f"\nIts last lines ({log}):{tail}" if tail else ""
    return f"\nThe stack could not start: {failure}.{where}"
