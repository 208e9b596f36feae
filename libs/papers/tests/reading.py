"""A paper read back by a PDF reader that knows nothing of how it was made."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from pypdf import PdfReader
from servicehub_events.money import from_decimal

_AMOUNT: Final = re.compile(r"(?P<minus>−?)(?:[A-Z]{3} |[A-Z]{0,2}[$€£¥])(?P<digits>\d[\d,]*(?:\.\d+)?)\Z")


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def text(pdf: bytes) -> str:
    """All of it, with plain spaces."""
    return "\n".join(pages(pdf)).replace("\u00a0", " ")


def between(lines: list[str], first: str, last: str) -> list[str]:
    """From the last row that is labelled so to the next one that is, both included.

    A row's label may follow the words that stand left of it.
    """
    start = max(index for index, line in enumerate(lines) if first in line)
    end = next(index for index, line in enumerate(lines) if index > start and last in line)
    return lines[start : end + 1]


def amounts(lines: list[str], currency: str) -> Iterator[int | None]:
    """What stands at the end of each row, in minor units; None for a dash. Lines of words are left out."""
    for line in lines:
        if line == "—" or line.endswith(" —"):  # alone where its label takes several lines
            yield None
        elif found := _AMOUNT.search(line):
            value = from_decimal(found["digits"].replace(",", ""), currency)
            yield -value if found["minus"] else value
