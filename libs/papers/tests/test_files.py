"""What the files are: the same bytes each time, for archives and screen readers, with fonts of their own."""

import hashlib
from io import BytesIO
from typing import Final, cast

import msgspec
import pytest
import reading
from msgspec.structs import replace
from papers.fonts import FONT_FILES
from papers.press import Press, PressFailed
from papers.samples import samples
from papers.typesetting import typeset
from papers.values import Paper, ReceiptPaper
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

FONT_SHA256: Final = (
    "29160a80ff49ddcab2c97711247e08b1fab27a484a329ce8b813d820dc559031",
    "68a3fc98800b2a27b371f2fb79991daf3633bd89309d4ffaa6946fd587f375b5",
    "e53dcb0dcb2922e45d01aae1ebd2f382bb81d4229b18b6b883bd170678af1f76",
)


@pytest.mark.parametrize("name", samples())
def test_a_paper_is_an_archive_file_with_tags_in_its_language(name: str) -> None:
    reader = PdfReader(BytesIO(typeset(samples()[name])))
    about = reader.xmp_metadata.stream.get_data().decode() if reader.xmp_metadata else ""
    for claim in ("<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in about
    root = reader.root_object
    assert cast("DictionaryObject", root["/MarkInfo"])["/Marked"]
    assert str(root["/Lang"])[:2] == ("ja" if "-ja" in name else "en")


@pytest.mark.parametrize("name", samples())
def test_the_same_paper_is_the_same_bytes_also_as_json_and_back(name: str) -> None:
    paper = samples()[name]
    again = msgspec.json.decode(msgspec.json.encode(paper), type=Paper)
    assert typeset(paper) == typeset(again)


async def test_a_process_of_its_own_makes_the_same_bytes() -> None:
    paper = samples()["receipt-ja"]
    assert await Press().print(paper) == typeset(paper)


async def test_a_paper_that_fails_is_told_by_the_name_of_its_fault_alone() -> None:
    paper = samples()["receipt-ja"]
    assert isinstance(paper, ReceiptPaper)
    with pytest.raises(PressFailed) as failed:
        await Press().print(replace(paper, payment=replace(paper.payment, status="failed")))
    assert str(failed.value) == "ValueError"


def test_the_fonts_are_those_we_looked_at() -> None:
    assert tuple(hashlib.sha256(path.read_bytes()).hexdigest() for path in FONT_FILES) == FONT_SHA256


def test_a_short_paper_is_one_page() -> None:
    for name in ("invoice-en", "invoice-ja", "receipt-en", "receipt-ja", "credit-note-ja", "invoice-en-void"):
        assert len(reading.pages(typeset(samples()[name]))) == 1


def test_each_page_brings_forward_what_the_one_before_carried() -> None:
    pages = reading.pages(typeset(samples()["invoice-ja-80-lines"]))
    carried = [_after(page, "次ページへ繰越") for page in pages[:-1]]
    brought = [_after(page, "前ページより繰越") for page in pages[1:]]
    assert len(pages) == 3
    assert carried == brought
    rows = sum(page.count("日目") for page in pages[:2])
    assert carried[-1] == f"¥{575 * rows:,}"


def _after(page: str, words: str) -> str:
    return page.partition(words)[2].split()[0]
