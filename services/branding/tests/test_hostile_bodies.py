"""Whatever a PUT holds is refused by name, or becomes an event that every reader takes."""

import json

import msgspec
import pytest
from branding.domain.portal import decide
from branding.errors import InvalidBranding
from branding.http.body import BrandingIn, read_branding
from hypothesis import given, settings
from hypothesis import strategies as st
from servicehub_events import Business

from .branding_examples import body

_ODD: list[object] = [
    "a\x00b",
    "\ud800",
    "\u202egpj.exe",
    "é" * 5_000,
    "acct_\n",
    "https://\x00.example",
    "https://[::1]:99999999999",
    "https://例え.jp/\ud800",
    10**400,
    -0.0,
    1e308,
    [[[[]]]],
    {"": {"": None}},
    [None] * 1_000,
]
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(_ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
)
NESTED = {"support": ("email", "phone", "hours", "url"), "colours": ("primary", "accent")}


def outcome(raw: bytes) -> Business | str:
    """The event that a body leads to, or the detail of its refusal."""
    try:
        (event,) = decide(read_branding(raw, "b1", ""), None)
    except InvalidBranding as refused:
        return refused.detail
    return event


def judge(fields: object) -> None:
    """An event breaks no rule of the contract and is read back; a refusal says something."""
    made = outcome(json.dumps(fields).encode())
    if isinstance(made, str):
        assert made
    else:
        assert made.violations() == ()
        assert msgspec.json.decode(msgspec.json.encode(made), type=type(made)) == made


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(BrandingIn.model_fields)), VALUES)
def test_any_value_of_any_field_is_refused_or_right(field: str, value: object) -> None:
    judge({**body(), field: value})


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([(name, part) for name, parts in NESTED.items() for part in parts]), VALUES)
def test_any_value_of_any_part_is_refused_or_right(place: tuple[str, str], value: object) -> None:
    name, part = place
    whole = {"primary": "#1e7b57"} if name == "colours" else {}
    judge({**body(primary_colour=...), "colours": {"primary": "#1e7b57"}, name: {**whole, part: value}})


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"slug":' * 10_000 + b"1" + b"}" * 10_000, ""),
        (b"[" * 10_000, ""),
        (b'{"name": 1' + b"0" * 10_000 + b"}", "out of range"),
        (b'{"name": "\\ud800"}', ""),
        (b'{"slug": "hik', ""),
    ],
)
def test_what_is_no_branding_at_all_is_refused(raw: bytes, says: str) -> None:
    detail = outcome(raw)
    assert isinstance(detail, str)
    assert says in detail


def test_of_a_field_that_is_said_twice_the_last_one_counts_and_is_checked() -> None:
    text = json.dumps(body())
    assert "slug" in str(outcome(text[:-1].encode() + b', "slug": "A"}'))
