"""What the template reads: a paper whose every string is finished.

Typst lays out. It never words, counts or rounds, so that page, mail and paper cannot differ.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Tone = Literal["bad", "warn", "good", "calm"]
Weight = Literal["plain", "bold", "big"]
Pair = tuple[str, str]
"""A label and its value."""


class SheetPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a sheet, compared by value."""


class SheetNotice(SheetPart, frozen=True, kw_only=True):
    """One sentence in the colour of what it means; `more` follows it in the colour of text."""

    tone: Tone
    text: str
    more: str = ""


class Party(SheetPart, frozen=True, kw_only=True):
    """Whom the paper is for, or who issues it, with the numbers of tax authorities."""

    label: str
    name: str
    lines: tuple[str, ...] = ()
    numbers: tuple[Pair, ...] = ()


class AnswerBand(SheetPart, frozen=True, kw_only=True):
    """The one amount that a reader looks for, and the facts of a bookkeeper beside it."""

    label: str
    amount: str
    notes: tuple[str, ...]
    facts: tuple[Pair, ...]


class SheetLine(SheetPart, frozen=True, kw_only=True):
    """A row of the table. `carry` is the running total that is carried to the next page."""

    cells: tuple[str, ...]
    detail: str = ""
    reduced: bool = False
    carry: str = ""


class SumRow(SheetPart, frozen=True, kw_only=True):
    """A label, what it is on, and what it comes to."""

    label: str
    amount: str
    base: str = ""
    weight: Weight = "plain"


class SheetTable(SheetPart, frozen=True, kw_only=True):
    """A table below a heading of its own, in which the column `wide` takes the room."""

    label: str
    wide: int = 0
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


class SheetRow(SheetPart, frozen=True, kw_only=True):
    """A row of a table; a `bold` one is where it begins, ends, or adds up."""

    cells: tuple[str, ...]
    bold: bool = False


class SheetNote(SheetPart, frozen=True, kw_only=True):
    """Words below the sums, with a heading of their own: how to pay, remarks."""

    label: str
    lines: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()


class Properties(SheetPart, frozen=True, kw_only=True):
    """What the file says of itself. `made` is the date of it, in UTC."""

    title: str
    author: str
    description: str
    keywords: tuple[str, ...]
    made: datetime


class PageWords(SheetPart, frozen=True, kw_only=True):
    """What stands at the head and foot of pages; `number` holds `{page}` and `{pages}`."""

    left: str
    right: str
    foot: str
    number: str
    carried: str
    brought: str


class Sheet(SheetPart, frozen=True, kw_only=True):
    """A whole paper in finished words."""

    language: str
    region: str
    size: Literal["a4", "us-letter"]
    edge: str
    tint: str
    brand: str
    title: str
    subtitle: str = ""
    tags: tuple[str, ...] = ()
    stamp: str = ""
    properties: Properties
    page_words: PageWords
    notices: tuple[SheetNotice, ...] = ()
    recipient: Party
    issuer: Party
    answer: AnswerBand
    purpose: str = ""
    acknowledged: str = ""
    columns: tuple[str, ...] = ()
    lines: tuple[SheetLine, ...] = ()
    sums: tuple[SumRow, ...] = ()
    legends: tuple[str, ...] = ()
    tables: tuple[SheetTable, ...] = ()
    notes: tuple[SheetNote, ...] = ()
