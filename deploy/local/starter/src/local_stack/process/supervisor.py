"""Starts the parts in dependency order, watches them, restarts them, and stops them in reverse."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]  # names trio, which is not there

from local_stack.process.child import Child
from local_stack.process.console import Console, PartLog
from local_stack.process.parts import Daemon, Job, Part, PartFailed, Step, check_graph, stop_order

START_SECONDS = 90.0
GRACE_SECONDS = 12.0
RELOAD_GRACE_SECONDS = 2.0  # an open page would hold a web process up for ten
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
        self._edited = {part.name: asyncio.Event() for part in parts}
        self._stop = asyncio.Event()
        self._signals = 0

    async def run(self, on_ready: Callable[[], Awaitable[None]]) -> None:
        """Run until a signal comes. Raises PartFailed when a part can't start; nothing runs afterwards."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled)
        work, stop = asyncio.create_task(self._work(on_ready)), asyncio.create_task(_until(self._stop))
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
            await self._stop_all()

    def stop(self) -> None:
        """End the run, as a signal would."""
        self._stop.set()

    def _signalled(self) -> None:
        self._signals += 1
        if self._signals == 1:
            self._console.say("Stopping …")
        else:  # a second Ctrl-C means: now
            for child in self._children.values():
                child.kill()
        self._stop.set()

    async def _work(self, on_ready: Callable[[], Awaitable[None]]) -> None:
        tasks = [asyncio.create_task(self._run_part(part)) for part in self._parts]
        tasks.append(asyncio.create_task(self._when_ready(on_ready)))
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _when_ready(self, on_ready: Callable[[], Awaitable[None]]) -> None:
        for event in self._ready.values():
            await event.wait()
        await on_ready()
        await self._reload()

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
                await self._start(part)
        word = "ready" if isinstance(part, Daemon) else "done"
        self._state(part.name, word)
        self._ready[part.name].set()
        self._console.say(f"  {part.name:<24} {word} in {time.monotonic() - began:.1f} s")
        if isinstance(part, Daemon):
            await self._keep_alive(part)

    async def _step(self, part: Step) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await part.run()
        except TimeoutError:
            raise PartFailed(part.name, f"did not finish within {START_SECONDS:.0f} s") from None
        except Exception as error:
            raise PartFailed(part.name, f"failed: {type(error).__name__}: {error}") from error

    async def _job(self, part: Job) -> None:
        if (code := await self._spawn(part).wait()) != 0:
            raise PartFailed(part.name, f"failed ({_ending(code)})", self._log(part).tail())

    async def _start(self, part: Daemon) -> None:
        """Start it and wait until it is ready."""
        child, log, deadline = self._spawn(part), self._log(part), time.monotonic() + START_SECONDS
        ended = asyncio.create_task(child.wait())
        try:
            while not await part.ready():
                if ended.done():
                    ending = _ending(ended.result())
                    raise PartFailed(part.name, f"ended before it was ready ({ending})", log.tail())
                if time.monotonic() > deadline:
                    raise PartFailed(part.name, f"was not ready within {START_SECONDS:.0f} s", log.tail())
                await asyncio.wait({ended}, timeout=PROBE_SECONDS)
        finally:
            ended.cancel()

    async def _keep_alive(self, part: Daemon) -> None:
        failures, edited, log = 0, self._edited[part.name], self._log(part)
        while True:
            began = time.monotonic()
            code = await self._children[part.name].wait()
            self._children[part.name].kill()
            self._state(part.name, "restarting")
            failures = 1 if time.monotonic() - began > STEADY_SECONDS or edited.is_set() else failures + 1
            if not edited.is_set():
                pause = self._backoff[min(failures, len(self._backoff)) - 1]
                log.note(f"ended ({_ending(code)}); starting it again in {pause:g} s")
                with suppress(TimeoutError):
                    await asyncio.wait_for(edited.wait(), pause)
            edited.clear()
            began = time.monotonic()
            try:
                await self._start(part)
            except PartFailed as failure:
                log.note(str(failure))
            else:
                self._state(part.name, "ready")
                log.note(f"ready again in {time.monotonic() - began:.1f} s")

    async def _reload(self) -> None:
        """Start again whatever has a changed file among its sources, for as long as the stack runs."""
        daemons = [part for part in self._parts if isinstance(part, Daemon) and part.sources]
        if not daemons:
            return
        folders = {folder for part in daemons for folder in part.sources}
        try:
            async for changes in awatch(*folders):
                files = [Path(path) for _, path in changes]
                await asyncio.gather(*(self._reload_part(part, files) for part in daemons))
        except (OSError, RuntimeError) as error:  # the system watches no more files for this user
            self._console.say(f"Changes are not followed: {error}")

    async def _reload_part(self, part: Daemon, files: list[Path]) -> None:
        own = [file.name for file in files for folder in part.sources if file.is_relative_to(folder)]
        if own:
            self._log(part).note(f"{own[0]} changed; starting it again")
            self._edited[part.name].set()
            await self._children[part.name].stop(RELOAD_GRACE_SECONDS)

    def _spawn(self, part: Daemon | Job) -> Child:
        try:
            child = Child(part.command, self._log(part))
        except OSError as error:
            raise PartFailed(part.name, f"could not be started: {error}") from error
        self._children[part.name] = child
        return child

    def _log(self, part: Daemon | Job) -> PartLog:
        if part.name not in self._logs:
            self._logs[part.name] = self._console.log_for(part.name, echo=part.echo)
        return self._logs[part.name]

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


async def _until(event: asyncio.Event) -> None:
    await event.wait()


def _ending(code: int) -> str:
    """Say how a process ended: `exit code 1`, `killed by SIGTERM`."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
