"""What people typed comes out as they typed it, stops no paper, and runs nothing."""

import pytest
import reading
from msgspec.structs import replace
from papers.printable import MISSING, printable
from papers.samples import samples
from papers.typesetting import typeset
from papers.values import InvoicePaper, ReceiptPaper
from servicehub_events import InvoiceSite, Issuer, PaymentInstruction, Recipient, Revision

MARKUP = (
    '#panic("no") #read("/etc/passwd") #import "x": * $x^2$ *bold* _it_ @ref <label> `raw` \\ #image("a.png")'
)
AS_TYPED = [
    MARKUP,
    "</script><b>&amp;</b>",
    "{page} of {pages} %s {0}",
    "𠮷田 髙﨑 濵",
    "辻󠄀 神 ㈱",
    "O’Brien — “Ærø” Łódź Ünal Đặng Việt",
    "Ελένη Παπαδοπούλου",
    "Наталья",
    "김민수",
    '"',
    "",
]
NAMES = [
    *AS_TYPED,
    "a\nb\r\nc\td",
    "\u202eevil\u202c",
    "\x00\x07",
    "👩‍🔧 Müller",
    "محمد",
    "ไทย",
    "x" * 200,
    "字" * 200,
    "（" * 200,
]


def receipt(addressee: str) -> ReceiptPaper:
    paper = samples()["receipt-ja"]
    assert isinstance(paper, ReceiptPaper)
    return replace(paper, addressee=addressee, purpose=addressee, number=addressee)


def invoice(text: str) -> InvoicePaper:
    """An invoice that says this wherever somebody may type."""
    paper = samples()["invoice-en"]
    assert isinstance(paper, InvoicePaper)
    bill = paper.invoice
    hostile = replace(
        bill,
        number=text,
        lines=tuple(replace(line, description=text, unit=text) for line in bill.lines),
        recipient=Recipient(name=text, address=text, department=text, honorific=text),
        issuer=Issuer(legal_name=text, trading_name=text, address=text, phone=text, registered_office=text),
        payment_instructions=(PaymentInstruction(text=text, reference=text),),
        purchase_order=text,
        site=InvoiceSite(label=text),
        memo=text,
        revision=Revision(number=2, on=bill.issued_on, reason=text),
    )
    return replace(paper, invoice=hostile, business=replace(paper.business, name=text))


def squeezed(text: str) -> str:
    """Without spaces and line ends: where a line breaks is not what is meant."""
    return "".join(text.split())


@pytest.mark.parametrize("name", NAMES)
def test_no_text_stops_a_paper(name: str) -> None:
    assert typeset(receipt(name)).startswith(b"%PDF")
    assert typeset(invoice(name)).startswith(b"%PDF")


@pytest.mark.parametrize("name", AS_TYPED)
def test_what_the_fonts_have_comes_out_as_typed(name: str) -> None:
    assert squeezed(name) in squeezed(reading.text(typeset(receipt(name))))
    assert squeezed(name) in squeezed(reading.text(typeset(invoice(name))))


def test_a_long_name_stays_on_the_page_and_whole() -> None:
    for name in ("x" * 200, "字" * 200):
        assert name in squeezed(reading.text(typeset(receipt(name))))


def test_what_no_font_has_stands_as_one_mark_each() -> None:
    assert printable("👩 محمد") == f"{MISSING} {MISSING * 4}"


def test_controls_and_overrides_of_direction_are_left_out_and_line_ends_are_spaces() -> None:
    assert printable("a\u202eb\x00c\ue000d\ne\tf") == "abcd e f"


def test_a_kanji_keeps_its_form_and_its_variation() -> None:
    assert printable("神辻󠄀") == "神辻󠄀"


def test_no_invisible_break_is_left_in_what_a_reader_copies() -> None:
    for paper in samples().values():
        text = reading.text(typeset(paper))
        assert "\u200b" not in text
        assert MISSING not in text
