"""docs/security-proofs.md names tests and breaks that exist, and every break of the front door."""

import re
from pathlib import Path

import pytest

from tests.red import PATCHES, ROOT, seen_by, suite_of

TEXT = (ROOT / "docs/security-proofs.md").read_text()
ROWS = [line.split(" | ") for line in TEXT.splitlines() if "::" in line]
BREAKS = {patch.stem: seen_by(patch) for patch in PATCHES if suite_of(patch) == "security"}
_TEST = re.compile(r"`([\w/.-]+\.py)::(test_\w+)`")
_BREAK = re.compile(r"`([a-z0-9-]+)`")


@pytest.mark.parametrize(("file", "test"), sorted(set(_TEST.findall(TEXT))))
def test_a_test_that_is_named_exists(file: str, test: str) -> None:
    assert f"def {test}(" in Path(ROOT, file).read_text()


def test_every_break_is_named_and_no_other() -> None:
    assert {name for row in ROWS for name in _BREAK.findall(row[-1])} == set(BREAKS)


def test_every_promise_has_a_break_that_turns_one_of_its_tests_red() -> None:
    for row in ROWS:
        named = {f"{file}::{test}" for file, test in _TEST.findall(row[-2])}
        breaks = _BREAK.findall(row[-1])
        assert breaks, row[0]
        assert {BREAKS[name].partition("[")[0] for name in breaks} <= named, row[0]
