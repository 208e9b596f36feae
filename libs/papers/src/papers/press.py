"""Have a paper typeset in a process of its own, so that no loop waits and no service holds fonts.

It loads nothing that costs memory.
"""

import asyncio
import sys
from asyncio import subprocess
from typing import Final

import msgspec

from papers.values import Paper

_SECONDS: Final = 20
_PROCESSES: Final = 2  # at once; more wait their turn


class PressFailed(Exception):
    """The paper was not made: it can't be true, or it took too long. Nothing of it is quoted."""


class Press:
    """Makes papers, two at a time. One for each event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_PROCESSES)

    async def print(self, paper: Paper) -> bytes:
        """The paper as PDF. Raises `PressFailed`."""
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "papers",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            try:
                async with asyncio.timeout(_SECONDS):
                    pdf, errors = await process.communicate(msgspec.json.encode(paper))
            except TimeoutError:
                raise PressFailed("took too long") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode or not pdf.startswith(b"%PDF"):
            raise PressFailed(_last_line(errors))
        return pdf


def _last_line(errors: bytes) -> str:
    """The name of what was raised; its message may quote the paper."""
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1].partition(":")[0] if lines else "no reason"
