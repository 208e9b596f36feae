"""Starts the parts in dependency order, watches them, restarts them, and stops them in reverse."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from local_stack.process.child import Child
from local_stack.process.console import Console, PartLog
from local_stack.process.parts import Daemon, Job, Part, PartFailed, Step, check_graph

START_SECONDS = 90.0
GRACE_SECONDS = 12.0
PROBE_SECONDS = 0.1
BACKOFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
STEADY_SECONDS = 30.0

Changed = Callable[[dict[str, str]], None]


class Supervisor:
    """Runs one plan. `changed` hears the states of all parts (waiting, starting, ready …) at each change."""

    def __init__(
        self,
        parts: tuple[Part, ...],
        console: Console,
        changed: Changed | None = None,
        backoff: tuple[float, ...] = BACKOFF_SECONDS,
    ) -> None:
        check_graph(parts)
        self._parts = parts
        self._console = console
        self._changed = changed
        self._backoff = backoff
        self._ready = {part.name: asyncio.Event() for part in parts}
        self._states = {part.name: "waiting" for part in parts}
        self._children: dict[str, Child] = {}
        self._logs: dict[str, PartLog] = {}
        self._stop = asyncio.Event()
        self._signals = 0

    async def run(self, on_ready: Callable[[], Awaitable[None]]) -> None:
        """Run until a signal comes. Raises PartFailed when a part can't start; nothing runs afterwards."""
        self._listen_for_signals()
        work = asyncio.create_task(self._start_and_watch(on_ready))
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                _raise_first(work)
        finally:
            self._stop.set()
            for task in (work, stop):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
            await self._stop_all()

    def stop(self) -> None:
        """End the run, as a signal would."""
        self._stop.set()

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._signalled)

    def _signalled(self) -> None:
        self._signals += 1
        if self._signals == 1:
            self._console.say("Stopping …")
        else:  # a second Ctrl-C means: now
            for child in self._children.values():
                child.kill()
        self._stop.set()

    async def _start_and_watch(self, on_ready: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            for part in self._parts:
                group.create_task(self._run_part(part), name=part.name)
            await asyncio.gather(*(event.wait() for event in self._ready.values()))
            await on_ready()

    async def _run_part(self, part: Part) -> None:
        for name in part.after:
            await self._ready[name].wait()
        self._state(part.name, "starting")
        began = time.monotonic()
        match part:
            case Step():
                await self._step(part)
            case Job():
                await self._job(part)
            case Daemon():
                await self._daemon(part, began)
        if not isinstance(part, Daemon):
            self._is_ready(part.name, began, "done")

    async def _step(self, part: Step) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await part.run()
        except TimeoutError:
            raise PartFailed(part.name, f"did not finish within {START_SECONDS:.0f} s") from None
        except Exception as error:
            raise PartFailed(part.name, f"failed: {type(error).__name__}: {error}") from error

    async def _job(self, part: Job) -> None:
        child, log = self._spawn(part)
        if (code := await child.wait()) != 0:
            raise PartFailed(part.name, f"failed ({ending(code)})", log.tail())

    async def _daemon(self, part: Daemon, began: float) -> None:
        child, log = self._spawn(part)
        await self._until_ready(part, child, log)
        self._is_ready(part.name, began, "ready")
        await self._keep_alive(part, child, log)

    def _spawn(self, part: Daemon | Job) -> tuple[Child, PartLog]:
        log = self._logs.get(part.name) or self._console.log_for(part.name, echo=part.echo)
        self._logs[part.name] = log
        try:
            child = Child.start(part.command, log)
        except OSError as error:
            raise PartFailed(part.name, f"could not be started: {error}") from error
        self._children[part.name] = child
        return child, log

    async def _until_ready(self, part: Daemon, child: Child, log: PartLog) -> None:
        deadline = time.monotonic() + START_SECONDS
        ended = asyncio.create_task(child.wait())
        try:
            while not await part.ready():
                if ended.done():
                    raise PartFailed(
                        part.name, f"ended before it was ready ({ending(ended.result())})", log.tail()
                    )
                if time.monotonic() > deadline:
                    raise PartFailed(part.name, f"was not ready within {START_SECONDS:.0f} s", log.tail())
                await asyncio.wait({ended}, timeout=PROBE_SECONDS)
        finally:
            ended.cancel()

    async def _keep_alive(self, part: Daemon, child: Child, log: PartLog) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            code = await child.wait()
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            pause = self._backoff[min(failures, len(self._backoff)) - 1]
            self._state(part.name, "restarting")
            log.note(f"ended ({ending(code)}); starting it again in {pause:g} s")
            child.kill()
            await asyncio.sleep(pause)
            try:
                child, log = self._spawn(part)
                await self._until_ready(part, child, log)
                self._state(part.name, "ready")
            except PartFailed as failure:
                log.note(str(failure))

    def _is_ready(self, name: str, began: float, word: str) -> None:
        self._state(name, word)
        self._ready[name].set()
        self._console.say(f"  {name:<24} {word} in {time.monotonic() - began:.1f} s")

    def _state(self, name: str, state: str) -> None:
        self._states[name] = state
        if self._changed is not None:
            self._changed(dict(self._states))

    async def _stop_all(self) -> None:
        """Stop in waves: first what nothing depends on, last what everything stands on."""
        for wave in stop_order(self._parts):
            running = [self._children[name] for name in wave if name in self._children]
            await asyncio.gather(*(child.stop(GRACE_SECONDS) for child in running))
        for log in self._logs.values():
            log.close()


def stop_order(parts: tuple[Part, ...]) -> list[list[str]]:
    """Return the names in waves, dependents before what they depend on."""
    depth: dict[str, int] = {}
    for part in parts:
        depth[part.name] = 1 + max((depth[name] for name in part.after), default=0)
    deepest = max(depth.values(), default=0)
    return [[name for name, level in depth.items() if level == wave] for wave in range(deepest, 0, -1)]


def ending(code: int) -> str:
    """Say how a process ended: `exit code 1`, `killed by SIGTERM`."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _raise_first(work: asyncio.Task[None]) -> None:
    error = work.exception()
    if isinstance(error, ExceptionGroup):
        raise _first(cast("ExceptionGroup[Exception]", error))
    if error is not None:
        raise error


def _first(group: "ExceptionGroup[Exception]") -> Exception:
    error = group.exceptions[0]
    return _first(cast("ExceptionGroup[Exception]", error)) if isinstance(error, ExceptionGroup) else error
