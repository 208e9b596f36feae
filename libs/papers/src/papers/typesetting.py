"""A paper becomes a file: its sheet goes to Typst as data, and PDF/A-2a with PDF/UA-1 comes back.

No text is ever spliced into source: a string from JSON stays a string. The same paper gives the same bytes,
for as long as templates, fonts and Typst stay the same.
"""

from functools import cache
from pathlib import Path
from threading import local
from typing import Final, assert_never, cast

import msgspec
import typst

from papers.credit_notes import credit_note_sheet
from papers.fonts import FONT_FILES
from papers.invoices import invoice_sheet
from papers.printable import printable
from papers.receipts import receipt_sheet
from papers.refund_notes import refund_sheet
from papers.sheet import Sheet
from papers.statements import statement_sheet
from papers.values import (
    CreditNotePaper,
    InvoicePaper,
    Paper,
    ReceiptPaper,
    RefundPaper,
    StatementPaper,
)

_TEMPLATES: Final = Path(__file__).parent / "templates"


def typeset(paper: Paper) -> bytes:
    """The paper as PDF: for archives (PDF/A-2a) and for screen readers (PDF/UA-1).

    Takes 10 to 40 ms of CPU a page, and in a new process 0.1 s more. Raises ValueError for a paper that can't
    be true, such as a receipt before the money is there.
    """
    return typeset_sheet(sheet_of(paper))


def typeset_sheet(sheet: Sheet) -> bytes:
    """A sheet as PDF."""
    data = {"data": _data(sheet)}
    pdf, warnings = _compiler().compile_with_warnings(
        format="pdf", sys_inputs=data, pdf_standards=["a-2a", "ua-1"]
    )
    if warnings:
        raise RuntimeError(warnings[0].message)
    return cast("bytes", pdf)


def pictures(paper: Paper, *, ppi: int = 96) -> list[bytes]:
    """Each page as PNG, to look at."""
    pages = _compiler().compile(format="png", ppi=ppi, sys_inputs={"data": _data(sheet_of(paper))})
    return pages if isinstance(pages, list) else [cast("bytes", pages)]


def sheet_of(paper: Paper) -> Sheet:
    """Everything that the paper says, in finished words."""
    match paper:
        case InvoicePaper():
            return invoice_sheet(paper)
        case ReceiptPaper():
            return receipt_sheet(paper)
        case CreditNotePaper():
            return credit_note_sheet(paper)
        case RefundPaper():
            return refund_sheet(paper)
        case StatementPaper():
            return statement_sheet(paper)
        case _:
            assert_never(paper)


def _data(sheet: Sheet) -> str:
    """The sheet as JSON, with every string as it can be printed."""
    return msgspec.json.encode(_printable(msgspec.to_builtins(sheet)), order="sorted").decode()


def _printable(value: object) -> object:
    match value:
        case str():
            return printable(value)
        case dict():
            return {key: _printable(part) for key, part in cast("dict[str, object]", value).items()}
        case list() | tuple():
            return [_printable(part) for part in cast("list[object]", value)]
        case _:
            return value


_per_thread: Final = local()


def _compiler() -> typst.Compiler:
    """One for each thread: a shared one refuses two papers at once."""
    compiler: typst.Compiler | None = getattr(_per_thread, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(_TEMPLATES / "paper.typ", root=_TEMPLATES, font_paths=_fonts())
        _per_thread.compiler = compiler
    return compiler


@cache
def _fonts() -> typst.Fonts:
    """Those of the packages alone, whatever the machine has."""
    folders = [str(path.parent) for path in FONT_FILES]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
