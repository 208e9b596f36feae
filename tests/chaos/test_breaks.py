"""The breaks of `make chaos-red` still fit the code they are to break."""

from pathlib import Path

import pytest

from tests.chaos.red import HERE, broken, seen_by

PATCHES = sorted(HERE.glob("breaks/*.patch"))


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_break_still_applies(patch: Path, tmp_path: Path) -> None:
    assert broken(patch, tmp_path)
    file, _, test = seen_by(patch).partition("::")
    assert f"async def {test.partition('[')[0]}" in Path(file).read_text()
