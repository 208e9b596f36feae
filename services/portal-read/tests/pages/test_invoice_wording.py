"""What an invoice can say stands on its page, in both languages, as docs/invoice-wording.md has it."""

from pathlib import Path

import pytest
from invoice_wording import WORDINGS, Wording, page_of, shown

DOCUMENT = Path(__file__).parents[4] / "docs" / "invoice-wording.md"


@pytest.mark.parametrize("wording", WORDINGS, ids=[wording.thing for wording in WORDINGS])
def test_a_page_says_it_as_a_person_would(wording: Wording) -> None:
    assert shown(wording).invoice.violations() == ()
    assert page_of(wording, "en").says(wording.en)
    assert page_of(wording, "ja").says(wording.ja)


def test_the_document_has_the_same_table() -> None:
    rows = [f"| {w.thing} | `{w.field}` | {w.en} | {w.ja} |" for w in WORDINGS]
    assert [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")][1:] == rows
