"""What veraPDF says of every kind of paper in every language: PDF/A-2a for archives, and PDF/UA-1."""

from pathlib import Path

import pytest
import typst
import verapdf_judge
from papers.samples import samples
from papers.typesetting import typeset

pytestmark = pytest.mark.judge


def test_every_kind_of_paper_in_every_language_is_what_it_says_it_is(tmp_path: Path) -> None:
    for name, paper in samples().items():
        (tmp_path / f"{name}.pdf").write_bytes(typeset(paper))
    said = verapdf_judge.faults_of(sorted(tmp_path.glob("*.pdf")))
    assert said == {(name, flavour): [] for name in sorted(samples()) for flavour in ("2a", "ua1")}


def test_a_file_that_claims_nothing_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "plain.pdf"
    file.write_bytes(typst.compile(b"Plain", format="pdf"))
    said = verapdf_judge.faults_of([file])
    assert all(said["plain", flavour] for flavour in ("2a", "ua1"))
