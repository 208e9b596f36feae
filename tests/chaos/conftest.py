"""Stacks that several tests share: one for money, one whose broker is the tests' own to break."""

from collections.abc import AsyncGenerator, Iterator

import pytest
import pytest_asyncio
from local_stack.environment import PER_SOURCE, Addresses
from portal_testing.stack import full_stack

from .scene import Scene, opened


@pytest.fixture(scope="package")
def paying() -> Iterator[Addresses]:
    # Every payer comes from one address; what is counted per person stays as it is.
    with full_stack(dict.fromkeys(PER_SOURCE, "1000")) as addresses:
        yield addresses


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Scene]:
    async with opened(tmp_path_factory.mktemp("broker")) as scene:
        yield scene
