"""A signed-in page that is open in a browser: told of a change, it fetches itself again (as live.js does)."""

import asyncio
import re
import time
from types import TracebackType
from typing import Self

from portal_testing.stack import eventually
from portal_testing.stack.visitor import Visitor

_MARKER = re.compile(rb"Marker (\d+)")


class OpenPage:
    """Remembers when which marker was seen (seconds of `perf_counter`): the latest of each fetch."""

    def __init__(self, visitor: Visitor, path: str) -> None:
        self._visitor = visitor
        self._path = path
        self._changed = asyncio.Event()
        self._listening = asyncio.Event()
        self.fetches = 0
        self.seen: list[tuple[float, int]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._refresh())]
        await self._listening.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def shows(self, marker: int, *, within: float = 30) -> None:
        """Wait until it shows this marker or a later one, at most so many seconds."""

        async def latest() -> int:
            for task in self._tasks:
                if task.done():
                    task.result()
            return max((number for _, number in self.seen), default=-1)

        what = f"the page shows Marker {marker}"
        await eventually(latest, what=what, within=within, met=lambda number: number >= marker)

    def visible(self, marker: int) -> float:
        """When a page first showed this marker or a later one."""
        return next(at for at, number in self.seen if number >= marker)

    async def _listen(self) -> None:
        """Server-sent events of the page."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._visitor.cookies.items())
        url = f"{self._visitor.origin}{self._path}/live"
        async with self._visitor.http.stream("GET", url, headers={"Cookie": cookie}, timeout=None) as stream:
            if stream.status_code != 200:
                raise RuntimeError(f"GET {url} answered {stream.status_code}: is the session good?")
            self._listening.set()
            async for line in stream.aiter_lines():
                if line == "event: changed":
                    self._changed.set()

    async def _refresh(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            answer = await self._visitor.get(self._path)
            now = time.perf_counter()
            self.fetches += 1
            if found := _MARKER.findall(answer.content):
                self.seen.append((now, max(int(number) for number in found)))
