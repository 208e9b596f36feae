"""What was put in order stays so: one meaning for a name, no circle of imports, no crumbs of files."""

from .house_figures import ROOT, measure

HOUSE = measure(ROOT)


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert HOUSE.circles == []
