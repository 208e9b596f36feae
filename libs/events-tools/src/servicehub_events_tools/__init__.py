"""Development tools around the contract: derived files, the gate, golden examples, samples for tests."""

from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[4]
"""The source tree that these tools read and write; they are of no use outside it."""
CONTRACT: Final = REPOSITORY / "libs" / "events"
"""Holds the files of the contract: schemas, examples, AsyncAPI, and what was published."""
