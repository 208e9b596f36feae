"""Golden examples: one whole record for each event version, taken from the log of a running stack.

Until some service sends a type, a sample stands in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from servicehub_events_tools import CONTRACT

FOLDER: Final = CONTRACT / "examples"

Origin = Literal["log", "sample"]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One record as text. `origin` says whether a producer sent it, or, until one does, a sample made it."""

    origin: Origin
    topic: str
    key: str
    headers: dict[str, str]
    value: dict[str, object]

    @property
    def type(self) -> str:
        """Its `ce_type`."""
        return self.headers["ce_type"]

    @property
    def wire(self) -> tuple[bytes, list[tuple[str, bytes]], bytes]:
        """Key, headers and value as a Kafka client hands them over."""
        headers = [(name, text.encode()) for name, text in self.headers.items()]
        return self.key.encode(), headers, msgspec.json.encode(self.value)


def read_examples(folder: Path = FOLDER) -> dict[str, Example]:
    """Every example by type, those of older versions included."""
    paths = sorted(folder.glob("*.json"))
    return {path.stem: msgspec.json.decode(path.read_bytes(), type=Example) for path in paths}


def richest(records: Iterable[Example]) -> dict[str, Example]:
    """For each type the record that shows most: the most filled-in fields, of those alike the first."""
    best: dict[str, Example] = {}
    for record in records:
        rival = best.get(record.type)
        if rival is None or _filled(record.value) > _filled(rival.value):
            best[record.type] = record
    return best


def _filled(value: object) -> int:
    """How many different fields are filled in; a long list of the same shows no more than one of it."""
    return len(set(_paths("", value)))


def _paths(path: str, value: object) -> Iterable[str]:
    match value:
        case dict():
            fields: Mapping[str, object] = msgspec.convert(value, dict[str, object])
            for name, inner in fields.items():
                yield from _paths(f"{path}.{name}", inner)
        case list():
            for inner in msgspec.convert(value, list[object]):
                yield from _paths(f"{path}[]", inner)
        case _:
            yield path


def record(log: Iterable[Example], folder: Path = FOLDER, *, again: bool = False) -> list[str]:
    """Keep the richest record of each type; returns the types written.

    What was once recorded stays as it is, unless `again`: then every type that the log has is taken anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept, written = read_examples(folder), list[str]()
    for event_type, example in sorted(richest(log).items()):
        old = kept.get(event_type)
        if again or old is None or old.origin == "sample":
            _write(folder, example)
            written.append(event_type)
    return written


def add_samples(samples: Iterable[Example], folder: Path = FOLDER) -> list[str]:
    """Let a sample stand in for each type that has no example; returns the types written."""
    kept = read_examples(folder)
    missing = [sample for sample in samples if sample.type not in kept]
    for sample in missing:
        _write(folder, sample)
    return [sample.type for sample in missing]


def _write(folder: Path, example: Example) -> None:
    text = json.dumps(msgspec.to_builtins(example), ensure_ascii=False, indent=2)
    (folder / f"{example.type}.json").write_text(text + "\n", encoding="utf-8")
