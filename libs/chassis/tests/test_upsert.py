"""Which rows of a batch are written: the newest of each key, in one order for everybody."""

from collections.abc import Sequence

import pytest
from chassis.database.upsert import Row, newest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text

ONE_KEY = Table("one", MetaData(), Column("id", Text, primary_key=True), Column("version", BigInteger))
TWO_KEYS = Table("two", MetaData(), *(Column(name, Text, primary_key=True) for name in ("a", "b")))


def row(key: str, version: int) -> Row:
    return {"id": key, "version": version}


@pytest.mark.parametrize(
    ("batch", "written"),
    [
        ([], []),
        ([row("a", 1), row("a", 2)], [row("a", 2)]),
        ([row("a", 2), row("a", 1)], [row("a", 2)]),
        ([row("b", 1), row("a", 9)], [row("a", 9), row("b", 1)]),
    ],
)
def test_the_newest_version_of_each_key_in_order_of_keys(
    batch: Sequence[Row], written: Sequence[Row]
) -> None:
    assert newest(ONE_KEY, batch) == written


def test_of_equal_versions_the_first_is_written() -> None:
    assert newest(ONE_KEY, [{**row("a", 1), "state": 1}, {**row("a", 1), "state": 2}]) == [
        {**row("a", 1), "state": 1}
    ]


def test_a_key_may_have_several_columns() -> None:
    rows: list[Row] = [{"a": "2", "b": "1", "version": 1}, {"a": "1", "b": "2", "version": 1}]
    assert newest(TWO_KEYS, rows) == rows[::-1]


def test_a_row_without_a_version_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        newest(ONE_KEY, [{"id": "a", "version": "1"}, {"id": "a", "version": "2"}])
