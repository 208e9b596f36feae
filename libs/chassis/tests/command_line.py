"""The `portal` command as a process of its own, with the settings of a test's database and brokers."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from local_stack.environment import inherited

from .conftest import KEYS, Bench


@dataclass(frozen=True)
class Said:
    """How it ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[dict[str, object]]:
        """One object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


async def portal(bench: Bench, *arguments: str, text: str = "", **changes: str) -> Said:
    """Run `portal` with these arguments and `text` on standard input."""
    process = await start(bench, *arguments, **changes)
    out, err = await process.communicate(text.encode())
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def start(bench: Bench, *arguments: str, **changes: str) -> asyncio.subprocess.Process:
    """`portal` as it begins to run."""
    environment = inherited() | {
        "PORTAL_PROFILE": "local",
        "DATABASE_URL": bench.settings.database_url.reveal(),
        "KAFKA_BOOTSTRAP": bench.settings.kafka_bootstrap,
        "DEAD_LETTER_KEYS": KEYS,
        **changes,
    }
    return await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "portal"),
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
