"""What was put in order stays so: one meaning for a name, no circle of imports, no crumbs of files."""

from tests.contract.support.house_figures import ROOT, measure

HOUSE = measure(ROOT)


def test_no_modules_and_no_sub_packages_import_each_other_in_a_circle() -> None:
    assert HOUSE.circles == []
    assert HOUSE.circles_of_packages == []


def test_a_class_name_is_defined_in_one_module() -> None:
    assert HOUSE.defined_twice == {}


def test_a_file_is_worth_opening() -> None:
    assert HOUSE.small == []
