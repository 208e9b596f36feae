"""Which changes of a field the gate refuses, and that those would really have hurt somebody."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from msgspec import Meta
from servicehub_events import Event
from servicehub_events.catalogue.scalars import Amount, Count, Currency, Word
from servicehub_events_tools.gate.schema_diff import LOST, MEANING, STORED
from servicehub_events_tools.gate.schema_diff import READERS as OLD_READERS
from servicehub_events_tools.testing.variants import NAME, READERS, breaking_changes, part, reads, variant
from servicehub_events_tools.testing.variants import field as of

Fields = dict[str, object]
Short, Long = Annotated[str, Meta(max_length=5)], Annotated[str, Meta(max_length=9)]
Few, Many = Annotated[int, Meta(ge=1)], Annotated[int, Meta(ge=0)]
Letters, Digits = Annotated[str, Meta(pattern="^[a-z]+$")], Annotated[str, Meta(pattern="^[0-9]+$")]


@dataclass(frozen=True)
class Case:
    """A change. `stored`: an old event that new code refuses; `sent`: a new one that old code refuses."""

    name: str
    rule: str
    old: type[Event]
    new: type[Event]
    path: str = "x"
    stored: Fields | None = None
    sent: Fields | None = None
    harms: tuple[str, ...] = field(default=())


CASES = (
    Case("removed", "removed", variant(x=of(str)), variant(), sent={}),
    Case(
        "optional one removed", "removed", variant(x=of(str | None, default=None)), variant(), harms=(LOST,)
    ),
    Case("retyped", "retyped", variant(x=of(int)), variant(x=of(str)), stored={"x": 1}, sent={"x": "1"}),
    Case("one to many", "retyped", variant(x=of(str)), variant(x=of(tuple[str, ...])), stored={"x": "a"}),
    Case("new and required", "added-required", variant(), variant(x=of(str)), stored={}),
    Case("made required", "required", variant(x=of(str, default="a")), variant(x=of(str)), stored={}),
    Case("made optional", "optional", variant(x=of(str)), variant(x=of(str, default="a")), sent={}),
    Case(
        "null allowed", "null-allowed",
        variant(x=of(str, default="a")), variant(x=of(str | None, default="a")), sent={"x": None},
    ),
    Case(
        "null refused", "null-refused",
        variant(x=of(str | None, default="a")), variant(x=of(str, default="a")), stored={"x": None},
    ),
    Case(
        "a choice less", "enum-narrowed",
        variant(x=of(Literal["a", "b"])), variant(x=of(Literal["a"])), stored={"x": "b"},
    ),
    Case(
        "a choice more", "enum-widened",
        variant(x=of(Literal["a"])), variant(x=of(Literal["a", "b"])), sent={"x": "b"},
    ),
    Case("shorter", "constraint", variant(x=of(Long)), variant(x=of(Short)), stored={"x": "1234567"}),
    Case("longer", "constraint", variant(x=of(Short)), variant(x=of(Long)), sent={"x": "1234567"}),
    Case("higher minimum", "constraint", variant(x=of(Many)), variant(x=of(Few)), stored={"x": 0}),
    Case("lower minimum", "constraint", variant(x=of(Few)), variant(x=of(Many)), sent={"x": 0}),
    Case("first limit", "constraint", variant(x=of(str)), variant(x=of(Short)), stored={"x": "1234567"}),
    Case("another pattern", "constraint", variant(x=of(Letters)), variant(x=of(Digits)), stored={"x": "a"}),
    Case(
        "another default", "default",
        variant(x=of(int, default=1)), variant(x=of(int, default=2)), harms=(MEANING,),
    ),
    Case("money no more", "money", variant(x=of(Amount)), variant(x=of(Count)), harms=(MEANING,)),
    Case("money from now on", "money", variant(x=of(Count)), variant(x=of(Amount)), harms=(MEANING,)),
    Case(
        "deep inside", "retyped",
        variant(x=of(tuple[part(y=int), ...])), variant(x=of(tuple[part(y=str), ...])),
        path="x[].y", stored={"x": [{"y": 1}]}, sent={"x": [{"y": "1"}]},
    ),
    Case(
        "values of a map", "retyped",
        variant(x=of(dict[str, bool])), variant(x=of(dict[str, int])), path="x{}", sent={"x": {"a": 1}},
    ),
    Case(
        "names of a map", "constraint",
        variant(x=of(dict[str, bool])), variant(x=of(dict[Word, bool])),
        path="x{name}", stored={"x": {"NOT A WORD": True}},
    ),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_breaking_change_is_found_and_names_event_field_and_readers(case: Case) -> None:
    (found,) = [each for each in breaking_changes(case.old, case.new) if each.rule == case.rule]
    assert found.subject == f"{NAME}.v1"
    assert found.field == case.path
    assert found.readers == READERS
    assert "raise `version` to 2" in found.remedy
    assert f'("{NAME}", 1)' in found.remedy
    assert all(harm in found.harm for harm in case.harms)


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.stored is not None], ids=lambda each: each.name
)
def test_an_old_event_would_not_have_survived_it(case: Case) -> None:
    assert case.stored is not None
    assert reads(case.old, **case.stored)
    assert not reads(case.new, **case.stored)
    assert any(STORED in each.harm for each in breaking_changes(case.old, case.new))


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.sent is not None], ids=lambda each: each.name
)
def test_an_old_reader_would_not_have_survived_it(case: Case) -> None:
    assert case.sent is not None
    assert reads(case.new, **case.sent)
    assert not reads(case.old, **case.sent)
    assert any(OLD_READERS in each.harm for each in breaking_changes(case.old, case.new))


@pytest.mark.parametrize(
    "added",
    [
        of(str | None, default=None),
        of(tuple[part(y=int), ...], default=()),
        of(Currency | None, default=None),
        of(int, default=7),
    ],
    ids=["nullable", "list", "scalar", "default"],
)
def test_an_optional_field_may_be_added(added: tuple[object, Fields]) -> None:
    old, new = variant(x=of(int)), variant(x=of(int), y=added)
    assert breaking_changes(old, new) == []
    assert reads(new, x=1), "an old event"
    assert reads(old, x=1, y=[{"y": 1}]), "a new event, to an old reader"


def test_the_wording_of_a_field_may_change_but_not_that_of_money() -> None:
    def said(text: str, kind: object) -> type[Event]:
        return variant(x=of(Annotated[kind, Meta(description=text)]))

    assert breaking_changes(said("How many.", int), said("How many of them.", int)) == []
    (found,) = breaking_changes(said("Without tax.", Amount), said("With tax.", Amount))
    assert (found.rule, found.field) == ("money-reworded", "x")
    assert "Without tax." in found.what
    assert "With tax." in found.what
    assert "--reworded" in found.remedy
