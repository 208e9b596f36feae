"""The kept breaks, those of `make chaos-red` and its like, still fit the code they are to break."""

from pathlib import Path

import pytest

from tests.red import PATCHES, ROOT, apply, copied_into, seen_by


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    copied_into(folder)
    return folder


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_break_still_applies(patch: Path, code: Path) -> None:
    apply(patch, code, "--check")
    file, _, test = seen_by(patch).partition("::")
    assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text()


def test_a_name_of_a_break_means_one_patch() -> None:
    assert len({patch.stem for patch in PATCHES}) == len(PATCHES)
