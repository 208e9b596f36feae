"""Invoices as countries want them: what is lawful is taken, one unit beside it is refused."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import msgspec
import pytest
from servicehub_events import InvoiceIssued, TaxGroup

Fields = dict[str, object]
SUM: Final = {"quantity": "1", "description": "Work"}
NYC: Final = [
    {"name": "Sales tax", "jurisdiction": "New York State", "rate": "4"},
    {"name": "Sales tax", "jurisdiction": "New York City", "rate": "4.5"},
    {"name": "Sales tax", "jurisdiction": "MCTD", "rate": "0.375"},
]


class Example(NamedTuple):
    """An invoice, and sentences of what is wrong with it: none if it is lawful."""

    name: str
    lines: Sequence[Fields]
    groups: Sequence[Fields]
    wrong: Sequence[str] = ()
    more: Fields = {}  # noqa: RUF012 - never changed


def at(amount: int, rate: str, **more: object) -> Fields:
    return {**SUM, "unit_price": amount, "amount": amount, "tax_rate": rate, **more}


def group(rate: str, net: int, tax: int, *shares: tuple[str, str, int], **more: object) -> Fields:
    taxes = [{"name": name, "rate": own, "tax": part} for name, own, part in shares]
    return {"rate": rate, "net": net, "tax": tax, "taxes": taxes, **more}


def nyc(*shares: int) -> Fields:
    return {"taxes": [{**part, "tax": share} for part, share in zip(NYC, shares, strict=True)]}


QUALIFIED: Final[Fields] = {
    "currency": "JPY",
    "issuer": {"legal_name": "ひかり清掃株式会社", "registration_number": "T1234567890123"},
}
INCLUSIVE: Final[Fields] = {"prices_include_tax": True}
THREE: Final = [at(333, "20")] * 3  # £3.33 three times: 66.6p of VAT each, 199.8p in all


def rounding(level: str, direction: str) -> Fields:
    return {"tax_rounding": {"level": level, "direction": direction}}


LAWFUL: Final = [
    Example("UK, VAT by line to the nearest penny (Notice 700, 17.5)", THREE, [group("20", 999, 201)]),
    Example("UK, VAT once, rounded down (Notice 700, 17.5)", THREE, [group("20", 999, 199)]),
    Example("UK, prices with VAT, by line", [at(100, "20")] * 3, [group("20", 249, 51)], more=INCLUSIVE),
    Example(
        "UK, zero-rated beside exempt beside standard",
        [
            at(1000, "20"),
            at(500, "0", tax_category="zero_rated"),
            at(700, "0", tax_category="exempt"),
        ],
        [
            group("20", 1000, 200, ("VAT", "20", 200)),
            group("0", 500, 0, category="zero_rated"),
            group("0", 700, 0, category="exempt", exemption_reason="VATA 1994, Schedule 9, Group 5"),
        ],
    ),
    Example(
        "Germany, small business (§ 19 UStG): exempt, with the reason",
        [at(12000, "0")],
        [group("0", 12000, 0, category="exempt", exemption_reason="§ 19 UStG")],
    ),
    Example(
        "EU, reverse charge (EN 16931, BR-AE-9: no tax)",
        [at(80000, "0")],
        [group("0", 80000, 0, category="reverse_charge", exemption_reason="Reverse charge")],
    ),
    Example(
        "Switzerland, rounded to five Rappen by a line outside the scope",
        [at(5230, "8.1"), at(1, "0", tax_category="outside_scope")],
        [group("8.1", 5230, 424), group("0", 1, 0, category="outside_scope")],
    ),
    Example(
        "British Columbia, GST and PST on $10.10, each to the cent (Excise Tax Act, 165.2)",
        [at(1010, "12")],
        [group("12", 1010, 122, ("GST", "5", 51), ("PST", "7", 71))],
    ),
    Example(
        "British Columbia, work with GST, goods with GST and PST",
        [at(1010, "5"), at(1010, "12")],
        [
            group("5", 1010, 51, ("GST", "5", 51)),
            group("12", 1010, 121, ("GST", "5", 50), ("PST", "7", 71)),  # GST once: 101.0 of $20.20
        ],
        more=rounding("invoice", "half_up"),
    ),
    Example(
        "Quebec, GST and QST on $480.00",
        [at(48000, "14.975")],
        [group("14.975", 48000, 7188, ("GST", "5", 2400), ("QST", "9.975", 4788))],
    ),
    Example("Ontario, HST on $89.99", [at(8999, "13")], [group("13", 8999, 1170, ("HST", "13", 1170))]),
    Example(
        "Two taxes by line: GST and PST of each line to the cent",
        [at(1010, "12")] * 2,
        [group("12", 2020, 244, ("GST", "5", 102), ("PST", "7", 142))],
        more=rounding("line", "half_up"),
    ),
    Example(
        "New York City, state and city and MCTD on $450.00",
        [at(45000, "8.875")],
        [group("8.875", 45000, 3994, **nyc(1800, 2025, 169))],
    ),
    Example(
        "New York City, rounded on the rates together (SSUTA 324), shared out to the cent",
        [at(3333, "8.875")],
        [group("8.875", 3333, 296, **nyc(133, 150, 13))],
        more=rounding("group", "half_up"),
    ),
    Example(
        "US, tax as a service computed it for each line, a discount too",
        [at(333, "8.875", tax=29), at(334, "8.875", tax=30), at(335, "8.875", tax=30)],
        [group("8.875", 902, 80)],
        more={"discounts": [{"description": "Coupon", "amount": 100, "tax_rate": "8.875", "tax": 9}]},
    ),
    Example("Japan, qualified, once and down", [at(99, "10")] * 3, [group("10", 297, 29)], more=QUALIFIED),
    Example(
        "Japan, not registered: by line and down", [at(99, "10")] * 3, [group("10", 297, 27)],
        more={"currency": "JPY"},
    ),
    Example(
        "Japan, 10 % beside 非課税 beside 不課税 beside 8 %",
        [
            at(46000, "10"),
            at(60000, "0", tax_category="exempt"),
            at(5000, "0", tax_category="outside_scope"),
            at(2000, "8", reduced_rate=True),
        ],
        [
            group("10", 46000, 4600, ("消費税", "10", 4600)),
            group("8", 2000, 160, ("消費税", "8", 160)),
            group("0", 60000, 0, category="exempt"),
            group("0", 5000, 0, category="outside_scope"),
        ],
        more=QUALIFIED,
    ),
]  # fmt: skip

REFUSED: Final = [
    Example(
        "a penny above both ways of rounding",
        THREE,
        [group("20", 999, 202)],
        ["tax_groups rate 20: tax 202 on net 999 is not the rate rounded once or line by line, such as 200"],
    ),
    Example(
        "a penny below both ways of rounding",
        THREE,
        [group("20", 999, 197)],
        ["tax_groups rate 20: tax 197 on net 999 is not the rate rounded once or line by line, such as 200"],
    ),
    Example(
        "by line, though it says once",
        THREE,
        [group("20", 999, 201)],
        ["tax_groups rate 20: tax 201 on net 999 is not 200, as tax_rounding says"],
        rounding("group", "half_up"),
    ),
    Example(
        "by line on a qualified invoice (施行令 第70条の10)",
        [at(99, "10")] * 3,
        [group("10", 297, 27)],
        ["tax_groups rate 10: tax 27 on net 297 is not the rate rounded once, such as 30"],
        QUALIFIED,
    ),
    Example(
        "a qualified invoice that says it rounds by line",
        [at(99, "10")],
        [group("10", 99, 9)],
        ["tax_rounding.level is line, but a qualified invoice rounds once per rate"],
        {**QUALIFIED, **rounding("line", "down")},
    ),
    Example(
        "one of two taxes a cent off, the other takes it",
        [at(1010, "12")],
        [group("12", 1010, 122, ("GST", "5", 49), ("PST", "7", 73))],
        [
            "tax_groups rate 12, taxes[0]: tax 49 on net 1010 is not the rate rounded once or line by line,"
            " such as 51",
            "tax_groups rate 12, taxes[1]: tax 73 on net 1010 is not the rate rounded once or line by line,"
            " such as 71",
        ],
    ),
    Example(
        "taxes that do not add up",
        [at(1010, "12")],
        [group("12", 1010, 122, ("GST", "5", 51), ("PST", "6", 61))],
        [
            "tax_groups rate 12: the rates of its taxes do not sum to it",
            "tax_groups rate 12: its taxes sum to 112, but tax is 122",
        ],
    ),
    Example(
        "GST a cent off on the whole invoice",
        [at(1010, "5"), at(1010, "12")],
        [
            group("5", 1010, 51, ("GST", "5", 51)),
            group("12", 1010, 122, ("GST", "5", 51), ("PST", "7", 71)),
        ],
        ["a tax of rate 5 sums to 102, not 101, as tax_rounding says"],
        rounding("invoice", "half_up"),
    ),
    Example(
        "tax on what is exempt",
        [at(1000, "20", tax_category="exempt")],
        [group("20", 1000, 200, category="exempt")],
        ["tax_groups rate 20 (exempt): category exempt does not go with rate 20"],
    ),
    Example(
        "a standard rate of nothing",
        [at(1000, "0")],
        [group("0", 1000, 0, category="standard")],
        ["tax_groups rate 0 (standard): category standard does not go with rate 0"],
    ),
    Example(
        "a reason not to tax what is taxed",
        [at(1000, "20")],
        [group("20", 1000, 200, exemption_reason="charity")],
        ["tax_groups rate 20: exemption_reason is given, but it is taxed"],
    ),
    Example(
        "an exempt line in a group that says outside the scope",
        [at(1000, "0", tax_category="exempt")],
        [group("0", 1000, 0, category="outside_scope")],
        [
            "tax_groups has no group for rate 0 (exempt)",
            "tax_groups rate 0 (outside_scope): net is 1000, but its lines less discounts are 0",
        ],
    ),
    Example(
        "a line of nothing, and two groups it may be in",
        [at(1000, "0")],
        [group("0", 1000, 0, category="exempt"), group("0", 0, 0, category="outside_scope")],
        ["tax_groups has several groups for rate 0: state tax_category or taxes of its lines"],
    ),
    Example(
        "one group twice",
        [at(1000, "0")],
        [group("0", 1000, 0, category="exempt"), group("0.0", 0, 0, category="exempt")],
        ["tax_groups lists a rate twice"],
    ),
    Example(
        "taxes of lines that do not sum up",
        [at(333, "20", tax=67)] * 3,
        [group("20", 999, 200)],
        ["tax_groups rate 20: tax is 200, but its lines state 201"],
    ),
    Example(
        "a line's tax a penny beside",
        [at(333, "20", tax=68), at(333, "20", tax=66), at(333, "20", tax=66)],
        [group("20", 999, 200)],
        ["tax_groups rate 20: a line states tax 68 on 333, which is not the rate rounded"],
    ),
    Example(
        "some lines state their tax, some do not",
        [at(333, "20", tax=67), at(333, "20")],
        [group("20", 666, 133)],
        ["tax_groups rate 20: lines state their tax, but some of them do not"],
    ),
]


def violations(example: Example) -> tuple[str, ...]:
    fields: Fields = {
        "business_id": "b", "invoice_id": "i", "number": "1", "customer_id": "c", "status": "open",
        "issued_on": date(2026, 11, 20), "due_on": date(2026, 12, 20), "currency": "EUR",
        "prices_include_tax": False, "recorded_payments": (), "issuer": {"legal_name": "Issuer"},
        "lines": example.lines, "tax_groups": example.groups, **example.more,
    }  # fmt: skip
    groups = msgspec.convert(example.groups, list[TaxGroup])
    total = sum(part.net + part.tax for part in groups)
    return msgspec.convert({**fields, "total": total}, InvoiceIssued).violations()


@pytest.mark.parametrize("example", LAWFUL, ids=[example.name for example in LAWFUL])
def test_a_lawful_invoice_is_taken(example: Example) -> None:
    assert violations(example) == ()


@pytest.mark.parametrize("example", REFUSED, ids=[example.name for example in REFUSED])
def test_what_no_rounding_makes_is_refused_with_every_fault(example: Example) -> None:
    assert violations(example) == tuple(example.wrong)
