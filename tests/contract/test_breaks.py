"""The breaks of `make chaos-red` and `make security-red` still fit the code they are to break."""

from pathlib import Path

import pytest

from tests.red import PATCHES, ROOT, broken, seen_by


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_break_still_applies(patch: Path, tmp_path: Path) -> None:
    assert broken(patch, tmp_path)
    file, _, test = seen_by(patch).partition("::")
    assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text()


def test_a_name_of_a_break_means_one_patch() -> None:
    assert len({patch.stem for patch in PATCHES}) == len(PATCHES)
