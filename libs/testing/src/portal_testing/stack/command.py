"""The `portal` command, as an operator types it in the pod of a worker."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path


async def portal(environment: Mapping[str, str], *words: str) -> tuple[int, str, str]:
    """How it ended, what it said, and what it said on standard error."""
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).parent / "portal"), *words),
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()
