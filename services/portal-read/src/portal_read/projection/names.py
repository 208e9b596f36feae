"""Projections: schemas of the read model, side by side, of which one is shown.

Tables of a new version lie in a new schema, filled from the beginning of the log beside live traffic and then
pointed to (`rebuild`, `switch`). Its name is chosen at run time.
"""

import re
from typing import Final, Literal, NamedTuple

FIRST: Final = "projection_1"
SCHEMA_VERSION: Final = 1
"""Of the tables, and of the rows that events become. Whoever changes either raises it, for a worker fills
projections of its own version alone: an old and a new build can run beside each other."""

ConsumerKind = Literal["identity", "documents"]
"""A projection is filled by one consumer of each kind."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_RESERVED: Final = ("public", "visitor", "information_schema", "pg_")
_NUMBERED: Final = re.compile(r"projection_([0-9]+)\Z")


class ConsumerNames(NamedTuple):
    """The consumers that fill a projection; each name is a Kafka group and the owner of its positions."""

    identity: str
    documents: str


def consumer_names(schema: str) -> ConsumerNames:
    """The first projection has the plain names, later ones carry theirs: each reads the whole log."""
    suffix = "" if schema == FIRST else f".{schema}"
    return ConsumerNames(f"portal-read.people{suffix}", f"portal-read.work{suffix}")


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
