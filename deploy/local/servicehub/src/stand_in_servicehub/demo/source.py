"""Reads a YAML file of the demo, and says of a mistake in which line it is and what to do."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import yaml

from stand_in_servicehub.errors import SimulatorError
from stand_in_servicehub.settings import SettingError

T = TypeVar("T")
Place = tuple[str | int, ...]
"""Where something stands: `("visits", 3, "day")`."""
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class DemoError(SettingError):
    """A demo file cannot be used. The text names the file, the line, and what to do."""


class Source:
    """One file. Every scalar in it is text: `9:00`, `no` and `+81…` mean what they look like."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._lines: dict[Place, int] = {(): 1}
        try:
            root = yaml.SafeLoader(path.read_text(encoding="utf-8")).get_single_node()
        except yaml.MarkedYAMLError as error:
            self._lines[()] = error.problem_mark.line + 1 if error.problem_mark else 1
            raise self._error((), f"{error.problem} (or the line before it is not finished)") from None
        self._content: object = self._read(root, ()) if root else {}

    def read(self, cls: type[T]) -> T:
        """The file as typed rows. Raises DemoError, also for a field that nobody knows."""
        try:
            rows = msgspec.convert(self._content, cls, strict=False)
        except msgspec.ValidationError as error:
            reason, _, path = str(error).partition(" - at ")
            place = tuple(name or int(number) for name, number in _STEP.findall(path))
            field = f"{place[-1]}: " if place and isinstance(place[-1], str) else ""
            raise self._error(place, field + reason.replace("Object", "the row")) from None
        self._refuse_unknown(self._content, rows, ())
        return rows

    @contextmanager
    def row(self, *place: str | int) -> Generator[None]:
        """Turn what is wrong with one row into a DemoError that names its line."""
        try:
            yield
        except (ValueError, LookupError, OSError, SimulatorError) as error:
            raise self._error(place, str(error)) from None

    def _read(self, node: yaml.Node, place: Place) -> object:
        self._lines[place] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return {key.value: self._read(value, (*place, key.value)) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self._read(child, (*place, number)) for number, child in enumerate(node.value)]
        return node.value

    def _refuse_unknown(self, content: object, rows: object, place: Place) -> None:
        if isinstance(content, dict) and isinstance(rows, msgspec.Struct):
            fields = rows.__struct_fields__
            for name, value in cast("dict[str, object]", content).items():
                if name not in fields:
                    near = get_close_matches(name, fields, 1)
                    meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(fields)}"
                    raise self._error((*place, name), f"nothing is called {name!r} here; {meant}")
                self._refuse_unknown(value, getattr(rows, name), (*place, name))
        elif isinstance(content, list) and isinstance(rows, tuple):
            pairs = zip(cast("list[object]", content), cast("tuple[object, ...]", rows), strict=True)
            for number, (value, row) in enumerate(pairs):
                self._refuse_unknown(value, row, (*place, number))

    def _error(self, place: Place, reason: str) -> DemoError:
        while place not in self._lines:
            place = place[:-1]
        line = self._lines[place]
        return DemoError(f"{self._name}, line {line}: {reason.rstrip('.')}. Correct it, then start again.")
