"""A stack of two children, one of which hides a grandchild in a session of its own. Run by the kill tests.

usage: victim.py FOLDER [--end-with-parent]; writes FOLDER/<who>.pid for each process, the daemons' last.
"""

import asyncio
import os
import sys
from pathlib import Path

from local_stack.process.console import Console
from local_stack.process.guard import run_guarded
from local_stack.process.parts import Command, Daemon
from local_stack.process.supervisor import Supervisor

FOLDER = Path(sys.argv[1])
STUBBORN = f"""
import os, signal, pathlib
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pathlib.Path({str(FOLDER / "grandchild.pid")!r}).write_text(str(os.getpid()))
    while True: signal.pause()
pathlib.Path({str(FOLDER / "child.pid")!r}).write_text(str(os.getpid()))
while True: signal.pause()
"""
QUIET = f"""
import os, signal, pathlib
pathlib.Path({str(FOLDER / "other.pid")!r}).write_text(str(os.getpid()))
while True: signal.pause()
"""


def written(*names: str):
    async def ready() -> bool:
        files = [FOLDER / f"{name}.pid" for name in names]
        return all(file.exists() and file.read_text() for file in files)

    return ready


def daemon(name: str, code: str, *files: str, after: tuple[str, ...] = ()) -> Daemon:
    return Daemon(name, Command((sys.executable, "-c", code), dict(os.environ)), written(*files), after)


def supervise() -> int:
    (FOLDER / "supervisor.pid").write_text(str(os.getpid()))
    parts = (
        daemon("stubborn", STUBBORN, "child", "grandchild"),
        daemon("quiet", QUIET, "other", after=("stubborn",)),
    )

    async def ready() -> None:
        (FOLDER / "ready").touch()

    asyncio.run(Supervisor(parts, Console(FOLDER / "logs")).run(ready))
    return 0


(FOLDER / "guard.pid").write_text(str(os.getpid()))
sys.exit(run_guarded(supervise, end_with_parent="--end-with-parent" in sys.argv))
