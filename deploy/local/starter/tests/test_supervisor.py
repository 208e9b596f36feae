"""The supervisor starts parts in order, says what failed, and restarts what fell over."""

import asyncio
import os
import signal
import sys
from io import StringIO
from pathlib import Path

import pytest
from local_stack.process.console import Console
from local_stack.process.parts import Command, Daemon, Job, Part, PartFailed, Step, stop_order
from local_stack.process.supervisor import Supervisor

FOREVER = "import signal\nwhile True: signal.pause()"


def python(code: str) -> Command:
    return Command((sys.executable, "-c", code), dict(os.environ))


async def always() -> bool:
    return True


async def never() -> bool:
    return False


class Run:
    """One run of a plan, its output caught, its states remembered in order."""

    def __init__(self, folder: Path, *parts: Part, backoff: float = 0.01) -> None:
        self.output = StringIO()
        self.seen: list[tuple[str, str]] = []
        self.pids: list[int] = []
        self._waiting: dict[tuple[str, str], asyncio.Event] = {}
        console = Console(folder / "logs", self.output)
        self.supervisor = Supervisor(parts, console, self._changed, backoff=(backoff,))

    def _changed(self, states: dict[str, str]) -> None:
        for pair in states.items():
            if pair not in self.seen[-len(states) :]:
                self.seen.append(pair)
                self._waiting.setdefault(pair, asyncio.Event()).set()

    async def until(self, name: str, state: str) -> None:
        async with asyncio.timeout(10):
            await self._waiting.setdefault((name, state), asyncio.Event()).wait()

    def knows(self, name: str, state: str) -> bool:
        return (name, state) in self.seen

    def forget(self, name: str, state: str) -> None:
        self._waiting.pop((name, state), None)


async def nothing() -> None:
    return None


async def test_parts_start_after_what_they_need(tmp_path: Path) -> None:
    order: list[str] = []

    def step(name: str, *after: str) -> Step:
        async def run() -> None:
            order.append(name)

        return Step(name, run, after)

    run = Run(tmp_path, step("a"), Job("b", python("print(1)"), ("a",)), step("c", "b"), step("d", "c"))

    async def ready() -> None:
        order.append("ready")
        run.supervisor.stop()

    await run.supervisor.run(ready)
    assert order == ["a", "c", "d", "ready"]


async def test_a_failing_job_stops_the_stack_and_shows_its_last_lines(tmp_path: Path) -> None:
    run = Run(
        tmp_path,
        Daemon("server", python(FOREVER), always),
        Job("migrate", python("print('no such table'); raise SystemExit(3)"), ("server",)),
    )
    with pytest.raises(PartFailed) as failed:
        await run.supervisor.run(nothing)
    assert (failed.value.name, failed.value.tail) == ("migrate", ("no such table",))
    assert "exit code 3" in failed.value.reason


async def test_a_daemon_that_ends_before_it_is_ready_stops_the_stack(tmp_path: Path) -> None:
    run = Run(tmp_path, Daemon("server", python("print('bad setting'); raise SystemExit(1)"), never))
    with pytest.raises(PartFailed, match="server ended before it was ready") as failed:
        await run.supervisor.run(nothing)
    assert failed.value.tail == ("bad setting",)


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = Run(tmp_path, Daemon("server", Command(("/no/such/program",)), never))
    with pytest.raises(PartFailed, match="server could not be started"):
        await run.supervisor.run(nothing)


async def test_a_daemon_that_falls_over_is_started_again(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import os, pathlib\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n{FOREVER}"

    async def wrote() -> bool:
        return pid_file.exists() and pid_file.read_text() != ""

    run = Run(tmp_path, Daemon("server", python(code), wrote))
    running = asyncio.create_task(run.supervisor.run(nothing))
    await run.until("server", "ready")
    first = int(pid_file.read_text())
    run.forget("server", "ready")
    pid_file.unlink()
    os.kill(first, signal.SIGKILL)
    await run.until("server", "restarting")
    await run.until("server", "ready")
    assert int(pid_file.read_text()) != first
    assert "killed by SIGKILL" in run.output.getvalue()
    run.supervisor.stop()
    await running


async def test_output_is_prefixed_and_kept_in_a_file(tmp_path: Path) -> None:
    run = Run(tmp_path, Job("hello world", python("print('first'); print('second')")))

    async def ready() -> None:
        run.supervisor.stop()

    await run.supervisor.run(ready)
    assert (tmp_path / "logs" / "hello-world.log").read_text() == "first\nsecond\n"
    assert "hello world          | first\n" in run.output.getvalue()


async def test_a_closed_terminal_does_not_stop_the_stack(tmp_path: Path) -> None:
    run = Run(tmp_path, Job("job", python("print('line')")))
    run.output.close()

    async def ready() -> None:
        run.supervisor.stop()

    await run.supervisor.run(ready)
    assert (tmp_path / "logs" / "job.log").read_text() == "line\n"


def test_stopping_goes_from_the_outside_in() -> None:
    parts = (
        Step("db", nothing),
        Step("kafka", nothing),
        Step("api", nothing, ("db", "kafka")),
        Step("sim", nothing, ("api",)),
    )
    assert stop_order(parts) == [["sim"], ["api"], ["db", "kafka"]]


def test_a_plan_with_an_unknown_dependency_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="api must come later in the plan than db"):
        Run(tmp_path, Step("api", nothing, ("db",)), Step("db", nothing))


async def test_a_part_whose_source_changes_is_started_again_at_once_and_no_other_is(tmp_path: Path) -> None:
    for folder in ("edited", "other"):
        (tmp_path / folder).mkdir()

    def daemon(name: str) -> Daemon:
        pid = tmp_path / f"{name}.pid"
        code = f"import os, pathlib\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n{FOREVER}"

        async def wrote() -> bool:
            return pid.exists() and pid.read_text() != ""

        return Daemon(name, python(code), wrote, sources=(tmp_path / name,))

    up = asyncio.Event()

    async def ready() -> None:
        up.set()

    run = Run(tmp_path, daemon("edited"), daemon("other"), backoff=60.0)
    running = asyncio.create_task(run.supervisor.run(ready))
    await up.wait()
    pids = {name: (tmp_path / f"{name}.pid").read_text() for name in ("edited", "other")}
    run.forget("edited", "ready")
    (tmp_path / "edited.pid").unlink()
    async with asyncio.timeout(10):
        while not run.knows("edited", "restarting"):  # until the system watches the folder
            (tmp_path / "edited" / "module.py").write_text(f"{os.urandom(8)}")
            await asyncio.wait({running}, timeout=0.1)
    await run.until("edited", "ready")
    assert (tmp_path / "edited.pid").read_text() != pids["edited"]
    assert (tmp_path / "other.pid").read_text() == pids["other"]
    assert "module.py changed; starting it again" in run.output.getvalue()
    run.supervisor.stop()
    await running
