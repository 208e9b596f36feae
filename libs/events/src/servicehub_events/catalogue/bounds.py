"""The years that every date and time lies in, found by type: msgspec holds no date against a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, cast

import msgspec
from msgspec import inspect as types

from servicehub_events.catalogue.scalars import FIRST_YEAR, LAST_YEAR

Within = Callable[[object], bool]
"""Whether all dates and times of a value lie in the years."""


def within_years(cls: type[msgspec.Struct]) -> Within:
    """The check of a class, made once: it visits nothing but the fields that hold a date or time."""
    return _check(types.type_info(cls)) or _nothing


def outside_years(value: object, path: str = "$") -> Iterator[str]:
    """The paths of what lies outside; slow, for a value that was found wrong."""
    match value:
        case date():
            if not _year(value):
                yield path
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from outside_years(getattr(value, name), f"{path}.{name}")
        case tuple():
            for place, item in enumerate(cast("tuple[object, ...]", value)):
                yield from outside_years(item, f"{path}[{place}]")
        case _:
            pass


def _nothing(_: object) -> bool:
    return True


def _year(moment: object) -> bool:
    return isinstance(moment, date) and FIRST_YEAR <= moment.year <= LAST_YEAR


def _check(node: types.Type) -> Within | None:
    """None where no date can be."""
    match node:
        case types.DateType() | types.DateTimeType():
            return _year
        case types.Metadata(type=inner):
            return _check(inner)
        case types.UnionType(types=members):
            inner = next(filter(None, map(_check, members)), None)
            return inner and _optional(inner)
        case types.VarTupleType(item_type=item):
            inner = _check(item)
            return inner and _of_each(inner)
        case types.StructType(fields=fields):
            return _of_fields([(field.name, check) for field in fields if (check := _check(field.type))])
        case _:
            return None


def _optional(check: Within) -> Within:
    return lambda value: value is None or check(value)


def _of_each(check: Within) -> Within:
    return lambda value: not value or all(map(check, cast("tuple[object, ...]", value)))


def _of_fields(checks: list[tuple[str, Within]]) -> Within | None:
    named: Final = tuple(checks)

    def check_fields(value: object) -> bool:
        for name, check in named:  # noqa: SIM110 - all() of a generator costs twice as much, for every record
            if not check(getattr(value, name)):
                return False
        return True

    return check_fields if named else None
