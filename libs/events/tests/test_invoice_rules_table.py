"""The table of an invoice's rules in the guide has the sentences that readers of broken invoices say."""

import re
from collections.abc import Sequence

import pytest
from servicehub_events import Event, InvariantViolated, InvoiceIssued, InvoiceVoided
from servicehub_events_tools import REPOSITORY
from servicehub_events_tools.testing.records import SampleRecord

Fields = dict[str, object]
GUIDE = (REPOSITORY / "docs" / "publishing.md").read_text(encoding="utf-8")
UNREGISTERED: Fields = {"issuer": {"legal_name": "Sample Business"}}
REPEATED: Fields = {"id": "rp-1", "method": "cash", "amount": 1, "received_on": "2026-11-21"}


def line(amount: int, rate: str, **more: object) -> Fields:
    work: Fields = {"description": "Work", "quantity": "1", "unit_price": amount}
    return {**work, "amount": amount, "tax_rate": rate, **more}


def group(rate: str, net: int, tax: int, **more: object) -> Fields:
    return {"rate": rate, "net": net, "tax": tax, **more}


def bill(lines: Sequence[Fields], groups: Sequence[Fields], total: int, **more: object) -> Fields:
    """An invoice of an issuer who has no number, with nothing but these lines and groups."""
    rest: Fields = {"discounts": [], "deposit": ..., "recorded_payments": []}
    return {"lines": lines, "tax_groups": groups, "total": total, **rest, **UNREGISTERED, **more}


def thirds(tax: int, *of_lines: int | None, **more: object) -> Fields:
    """Three times 3.33 at 20 %, with the taxes that the lines state."""
    own: list[Fields] = [{} if part is None else {"tax": part} for part in of_lines or (None, None, None)]
    return bill([line(333, "20", **part) for part in own], [group("20", 999, tax)], 999 + tax, **more)


def gst_and_pst(gst: int, pst: int, pst_rate: str = "7") -> Fields:
    taxes = [{"name": "GST", "rate": "5", "tax": gst}, {"name": "PST", "rate": pst_rate, "tax": pst}]
    return bill([line(1010, "12")], [group("12", 1010, 122, taxes=taxes)], 1132)


def gst_of_the_invoice() -> Fields:
    gst, pst = {"name": "GST", "rate": "5", "tax": 51}, {"name": "PST", "rate": "7", "tax": 71}
    groups = [group("5", 1010, 51, taxes=[gst]), group("12", 1010, 122, taxes=[gst, pst])]
    return bill([line(1010, "5"), line(1010, "12")], groups, 2193, tax_rounding=rounding("invoice"))


def rounding(level: str) -> Fields:
    return {"level": level, "direction": "half_up"}


def credit(note_id: str, total: int = 5500) -> Fields:
    part: Fields = {"lines": [line(5000, "10")], "tax_groups": [group("10", 5000, 500)], "total": total}
    return {"id": note_id, "number": note_id, "issued_on": "2026-11-23", **part}


UNTAXED = [group("0", 1000, 0, category="exempt"), group("0", 0, 0, category="outside_scope")]
TWO = [group("10", 14000, 1400), group("8", 2000, 160)]
REGISTERED: Fields = {"issuer": {"legal_name": "s", "registration_number": "T1234567890123"}}
CASES: list[tuple[str, Fields]] = [
    ("tax_groups has no group for rate 8", {"tax_groups": TWO[:1]}),
    (
        "tax_groups has several groups for rate 0: state tax_category or taxes of its lines",
        bill([line(1000, "0")], UNTAXED, 1000),
    ),
    ("tax_groups lists a rate twice", {"tax_groups": [*TWO, group("10.0", 14000, 1400)]}),
    ("tax_groups rate 10: net is 14000, but its lines less discounts are 15000", {"discounts": []}),
    (
        "tax_groups rate 10: net + tax is 15400, but its lines less discounts are 14000",
        {"prices_include_tax": True},
    ),
    ("tax_groups sum to 17560, but total is 1", {"total": 1}),
    (
        "tax_groups rate 10: tax 1560 on net 14000 is not the rate rounded once, such as 1400",
        {"tax_groups": [group("10", 14000, 1560), TWO[1]]},
    ),
    (
        "tax_groups rate 10: tax 1280 on net 12720 is not the rate rounded once, such as 1273",
        {"prices_include_tax": True, "tax_groups": [group("10", 12720, 1280), TWO[1]]},
    ),
    (
        "tax_groups rate 20: tax 202 on net 999 is not the rate rounded once or line by line, such as 200",
        thirds(202),
    ),
    ("tax_groups rate 20: tax is 200, but its lines state 201", thirds(200, 67, 67, 67)),
    (
        "tax_groups rate 20: a line states tax 68 on 333, which is not the rate rounded",
        thirds(200, 68, 66, 66),
    ),
    (
        "tax_groups rate 20: lines state their tax, but some of them do not",
        thirds(200, 67, 67, None),
    ),
    (
        "tax_groups rate 20: lines state their tax, but a qualified invoice rounds it once per rate",
        thirds(200, 67, 67, 66, **REGISTERED),
    ),
    (
        "tax_groups rate 20: tax 201 on net 999 is not 200, as tax_rounding says",
        thirds(201, tax_rounding=rounding("group")),
    ),
    ("a tax of rate 5 sums to 102, not 101, as tax_rounding says", gst_of_the_invoice()),
    (
        "tax_rounding.level is line, but a qualified invoice rounds once per rate",
        {"tax_rounding": rounding("line")},
    ),
    ("tax_groups rate 12: the rates of its taxes do not sum to it", gst_and_pst(51, 71, "6")),
    ("tax_groups rate 12: its taxes sum to 121, but tax is 122", gst_and_pst(51, 70)),
    (
        "tax_groups rate 20 (exempt): category exempt does not go with rate 20",
        bill([line(1000, "20", tax_category="exempt")], [group("20", 1000, 200, category="exempt")], 1200),
    ),
    (
        "tax_groups rate 20: exemption_reason is given, but it is taxed",
        bill([line(1000, "20")], [group("20", 1000, 200, exemption_reason="charity")], 1200),
    ),
    (
        "withholdings[0]: amount 1635 is not 10.21 % of 16000 rounded once",
        {"withholdings": [{"base": 16000, "rate": "10.21", "amount": 1635}]},
    ),
    (
        "withholdings sum to 17561, which is more than total 17560",
        {"withholdings": [{"base": 17561, "rate": "100", "amount": 17561}]},
    ),
    (
        "credit_notes[0]: tax_groups sum to 5500, but total is 5501",
        {"credit_notes": [credit("cn-1", 5501)]},
    ),
    (
        "credit_notes sum to 22000, which is more than total 17560",
        {"credit_notes": [credit(f"cn-{number}") for number in range(4)]},
    ),
    ("deposit.amount 17561 is more than total 17560", {"deposit": {"amount": 17561, "due_on": "2026-12-01"}}),
    ("currency ZZZ is not an ISO 4217 currency", {"currency": "ZZZ"}),
    (
        "recorded_payments[].refunds give back 2 of 1",
        {
            "recorded_payments": [
                {**REPEATED, "refunds": [{"id": "rr", "amount": 2, "refunded_on": "2026-11-22"}]}
            ]
        },
    ),
    ("recorded_payments[].id repeats an id", {"recorded_payments": [REPEATED, REPEATED]}),
    ("service_until is 2026-11-17, but service_on is 2026-11-18", {"service_until": "2026-11-17"}),
    ("voiding is given, but status is open", {"voiding": {"on": "2026-11-23"}}),
]
BROKEN: list[tuple[type[Event], Fields, str]] = [
    *((InvoiceIssued, changes, sentence) for sentence, changes in CASES),
    (
        InvoiceVoided,
        {"status": "open", "voiding": ...},
        "status is open, but InvoiceVoided carries void",
    ),
]


@pytest.mark.parametrize(("cls", "changes", "sentence"), BROKEN, ids=[sentence for _, _, sentence in BROKEN])
def test_a_broken_rule_is_told_in_the_words_of_the_guide(
    cls: type[Event], changes: Fields, sentence: str
) -> None:
    with pytest.raises(InvariantViolated) as caught:
        SampleRecord(cls).change(**changes).read()
    assert sentence in caught.value.violations


def test_the_guide_has_these_sentences_and_no_others() -> None:
    chapter = GUIDE.partition("## The rules of an invoice\n")[2].partition("\n## ")[0]
    table = chapter.partition("| rule | holds | broken, it says |\n")[2].splitlines()[1:]
    sentences = [re.sub(r".*\| `(.*)` \|$", r"\1", row) for row in table if row]
    assert sorted(sentences) == sorted(sentence for _, _, sentence in BROKEN)
