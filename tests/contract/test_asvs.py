"""The tables of ASVS and NIST are whole: every rule once, evidence that is there, each failure argued."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

PAGE: Final = Path(__file__).parents[2] / "docs" / "asvs.md"
RULES: Final = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2  2.1:3 2.2:3 2.3:4 2.4:1  3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
4.1:3 4.2:1 4.3:2 4.4:4  5.1:1 5.2:3 5.3:2 5.4:3  6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2  8.1:2 8.2:3 8.3:1 8.4:1  9.1:3 9.2:4
10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3  11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1
12.1:3 12.2:2 12.3:5  13.1:1 13.2:5 13.3:2 13.4:5  14.1:2 14.2:4 14.3:3  15.1:3 15.2:3 15.3:7
16.1:1 16.2:5 16.3:4 16.4:3 16.5:3  17.1:1 17.2:4 17.3:2
"""
"""The sections of ASVS 5.0.0, and how many of the first requirements of each are of level 1 or 2."""
VERDICTS: Final = ("pass", "by design", "**fail**", "not applicable")
_ROW: Final = re.compile(r"^\| ([\dB][\d.]*(?: [a-z])?) \| ([^|]+) \| ([^|]+) \| (.*?) ?\|$", re.MULTILINE)
_LINK: Final = re.compile(r"\]\(([^)#]+)\)")


class Row(NamedTuple):
    """A rule and what was found."""

    number: str
    rule: str
    verdict: str
    evidence: str


class Tables(NamedTuple):
    """The page, taken apart."""

    argued: str
    counted: str
    asvs: Sequence[Row]
    nist: Sequence[Row]


def read(text: str) -> Tables:
    counted, _, rest = text.partition("## What fails, and why")
    argued, _, rest = rest.partition("\n## V1 ")
    asvs, _, nist = rest.partition("\n## NIST ")
    return Tables(argued, counted, *([Row(*found) for found in _ROW.findall(part)] for part in (asvs, nist)))


def wrong(text: str) -> Iterator[str]:
    """What is wrong with the page, in words."""
    tables = read(text)
    numbers = Counter(row.number for row in tables.asvs)
    wanted = {
        f"{section}.{place}"
        for section, count in (part.split(":") for part in RULES.split())
        for place in range(1, int(count) + 1)
    }
    yield from (f"{number} is missing" for number in sorted(wanted - set(numbers)))
    yield from (f"{number} is no rule of these levels" for number in sorted(set(numbers) - wanted))
    yield from (f"{number} is there twice" for number, count in numbers.items() if count > 1)
    for name, rows in (("ASVS", tables.asvs), ("NIST", tables.nist)):
        yield from (said for row in rows for said in _wrong_with(row, name, tables.argued))
        counts = [sum(row.verdict == verdict for row in rows) for verdict in VERDICTS]
        if f"| {name} | {' | '.join(map(str, [*counts, len(rows)]))} |" not in tables.counted:
            yield f"{name} is counted wrongly: {counts}"


def _wrong_with(row: Row, name: str, argued: str) -> Iterator[str]:
    if row.verdict not in VERDICTS:
        yield f"{row.number} has the verdict {row.verdict}"
    if row.verdict != "not applicable" and not _LINK.search(row.evidence) and "(#" not in row.evidence:
        yield f"{row.number} has no evidence"
    if not row.evidence.strip():
        yield f"{row.number} says nothing"
    yield from (f"{path} is not there" for path in _LINK.findall(row.evidence) if not _is_there(path))
    if row.verdict == "**fail**" and not _is_argued(row.number, name, argued):
        yield f"{row.number} fails and is not argued"


def _is_there(path: str) -> bool:
    return (PAGE.parent / path).exists()


def _is_argued(number: str, name: str, argued: str) -> bool:
    """In the first column, `ASVS 1.2.3, 1.2.4; NIST 3.2.9 a, b` names four rules."""
    named: set[str] = set()
    for line in argued.splitlines():
        for group in line.split("|")[1].split(";") if line.startswith("| ") else []:
            standard, _, numbers = group.strip().partition(" ")
            base = ""
            for part in numbers.split(", ") if standard == name else []:
                base = part.partition(" ")[0] if len(part) > 1 else base
                named.add(part if len(part) > 1 else f"{base} {part}")
    return number in named


def test_every_rule_is_there_once_with_its_evidence_and_each_failure_is_argued() -> None:
    assert list(wrong(PAGE.read_text())) == []


@pytest.mark.parametrize(
    ("was", "is_", "said"),
    [
        ("| 1.2.6 |", "| 1.2.99 |", "1.2.6 is missing"),
        ("| 1.2.7 |", "| 1.2.6 |", "1.2.6 is there twice"),
        ("| 9.1.1 | the", "| 9.1.1 | x | perhaps | y |\n| the", "9.1.1 has the verdict perhaps"),
        ("../SECURITY.md)", "../SAFETY.md)", "../SAFETY.md is not there"),
        ("ASVS 15.2.1", "ASVS 15.2.2", "15.2.1 fails and is not argued"),
        ("3.2.9 a, b, d", "3.2.9 a, b", "3.2.9 d fails and is not argued"),
        ("| 4.2.1 |", "| 4.2.9 |", "4.2.9 is no rule of these levels"),
    ],
)
def test_a_table_that_is_not_whole_is_found_out(was: str, is_: str, said: str) -> None:
    text = PAGE.read_text()
    assert was in text
    assert said in list(wrong(text.replace(was, is_)))
