"""All that is wrong with a record, as far as it can be read; slow, for a record that was refused.

A decoder stops at the first value of the wrong type. This goes on with the next field, so that a publisher
mends a record once.
"""

from __future__ import annotations

import functools
import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from servicehub_events.catalogue.base import Event
from servicehub_events.catalogue.bounds import outside_years
from servicehub_events.catalogue.scalars import YEARS
from servicehub_events.errors import Fault, describe

S = TypeVar("S", bound=msgspec.Struct)
_HEAD: Final = re.compile(r"[A-Za-z_0-9]+")
_fields: Final = functools.cache(msgspec.structs.fields)  # it evaluates every annotation anew


def type_faults(annotation: object, value: object, path: str = "$") -> Iterator[Fault]:
    """What of a JSON value is not as its type says, each with its path."""
    try:
        converted: object = msgspec.convert(value, annotation)  # pyright: ignore[reportArgumentType]  # any type
    except msgspec.ValidationError as error:
        inside = list(_inside(annotation, value, path))
        yield from inside or (_fault(describe(error), path),)
    else:
        yield from year_faults(converted, path)


def year_faults(value: object, path: str = "$") -> Iterator[Fault]:
    """Dates and times that lie outside the years of the contract."""
    for where in outside_years(value, path):
        yield _fault(f"Expected a date in {YEARS}", where)


def struct_faults(
    cls: type[msgspec.Struct], values: Mapping[str, object], path: str = "$"
) -> Iterator[Fault]:
    """The same of an object, field by field."""
    for field in _fields(cls):
        name = field.encode_name
        if name in values:
            yield from type_faults(field.type, values[name], f"{path}.{name}")
        elif field.required:
            message = f"Object missing required field `{name}`"
            yield Fault("malformed", f"{path}.{name}", message if path == "$" else f"{message} - at `{path}`")


def violation_faults(event: Event) -> Iterator[Fault]:
    """The rules between fields that an event breaks; the path is that of the first field which it names."""
    fields = set(event.__struct_fields__)
    for sentence in event.violations():
        named = (word.strip("(),:;") for word in sentence.split())
        path = next((word for word in named if (head := _HEAD.match(word)) and head[0] in fields), "")
        yield Fault("invariant_violated", f"$.{path}" if path else "$", sentence)


def _fault(message: str, path: str) -> Fault:
    return Fault("malformed", path, message if path == "$" else f"{message} - at `{path}`")


def _inside(annotation: object, value: object, path: str) -> Iterator[Fault]:
    """The faults of a value's parts, and whether they are too many; none for a value without parts."""
    kind, length = _plain(annotation)
    origin: object = get_origin(kind) or kind
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
            yield from struct_faults(origin, fields, path)
            return
        if isinstance(origin, type) and issubclass(origin, Mapping):
            for item in fields.values():  # its name may be a person's
                yield from type_faults(get_args(kind)[1], item, f"{path}[...]")
    elif isinstance(value, list) and origin is tuple:
        items = cast("list[object]", value)
        for place, item in enumerate(items):
            yield from type_faults(get_args(kind)[0], item, f"{path}[{place}]")
        if length is not None and len(items) > length:
            yield _fault(f"Expected `array` of length <= {length}", path)


def _plain(annotation: object) -> tuple[object, int | None]:
    """A type without `None` and without its limits, and how many items it may have."""
    length: int | None = None
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            limits = [meta.max_length for meta in arguments[1:] if isinstance(meta, Meta)]
            annotation, length = arguments[0], next(filter(None, limits), length)
        elif origin in (Union, types.UnionType):
            annotation = next(part for part in arguments if part is not type(None))
        else:
            return annotation, length
