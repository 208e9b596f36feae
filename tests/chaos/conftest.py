"""The stormy stack, shared by the tests that break it, and the order in which one stack follows the other."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.chaos.stacks.storm import Storm, storm_in

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The storm, then what leaves it without a log and so ends it; last, the relays, on three servers."""
    places = [n for n, item in enumerate(items) if item.path.is_relative_to(HERE)]
    ordered = sorted((items[n] for n in places), key=_stack_of)
    for n, item in zip(places, ordered, strict=True):
        items[n] = item


def _stack_of(item: pytest.Item) -> int:
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
    return 0 if "storm" in fixtures else 1 if "last_storm" in fixtures else 2


class Storms:
    """Keeps one storm open at a time."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._stack, self._storm = AsyncExitStack(), None

    async def current(self) -> Storm:
        """The one that is open, or a new one."""
        if self._storm is None:
            opening = storm_in(self._folders.mktemp("storm"))
            self._storm = await self._stack.enter_async_context(opening)
        return self._storm

    async def end(self) -> None:
        """End the one that is open."""
        self._storm = None
        await self._stack.aclose()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def storms(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Storms]:
    storms = Storms(tmp_path_factory)
    yield storms
    await storms.end()


@pytest_asyncio.fixture(loop_scope="session")
async def storm(storms: Storms) -> Storm:
    return await storms.current()


@pytest_asyncio.fixture(loop_scope="session")
async def last_storm(storms: Storms) -> AsyncGenerator[Storm]:
    """For a test that compacts the log: after it nobody could tell what was sent."""
    yield await storms.current()
    await storms.end()
