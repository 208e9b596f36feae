"""Projections: schemas of the read model, side by side, of which one is shown.

Tables of a new version lie in a new schema, filled from the beginning of the log beside live traffic and then
pointed to (`rebuild`, `switch`). Its name is chosen at run time.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

FIRST: Final = "projection_1"
SCHEMA_VERSION: Final = 5
"""Of the tables, and of the rows that events become. Whoever changes either raises it, for a worker fills
projections of its own version alone: an old and a new build can run beside each other."""

ConsumerKind = Literal["identity", "documents"]
"""A projection is filled by one consumer of each kind, and each of them reads the whole log."""
CONSUMER_KINDS: Final[tuple[ConsumerKind, ...]] = ("identity", "documents")
_GROUPS: Final[Mapping[ConsumerKind, str]] = {
    "identity": "portal-read.people",
    "documents": "portal-read.work",
}

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_RESERVED: Final = ("public", "visitor", "information_schema", "pg_")
_NUMBERED: Final = re.compile(r"projection_([0-9]+)\Z")


def consumer_name(schema: str, kind: ConsumerKind) -> str:
    """A Kafka group and an owner of positions: the first projection has plain names, later ones their own."""
    return _GROUPS[kind] if schema == FIRST else f"{_GROUPS[kind]}.{schema}"


def consumer_names(schema: str) -> list[str]:
    """The names of both, in the order of `CONSUMER_KINDS`."""
    return [consumer_name(schema, kind) for kind in CONSUMER_KINDS]


def schema_of(consumer: str) -> str:
    """The projection that a consumer of this name fills."""
    return consumer.partition(".")[2].partition(".")[2] or FIRST


def checked(schema: str) -> str:
    """The name itself, safe to be put into SQL. Raises ValueError, saying what a name looks like."""
    if not _NAME.match(schema):
        raise ValueError("a projection is named by up to 40 of a-z, 0-9 and _, beginning with a letter")
    if schema.startswith(_RESERVED):
        raise ValueError(f"{schema} is no name for a projection: it begins like a schema that has its use")
    return schema


def next_after(names: set[str]) -> str:
    """`projection_` and the number after the highest."""
    numbers = (int(match[1]) for name in names if (match := _NUMBERED.match(name)))
    return f"projection_{max(numbers, default=0) + 1}"
