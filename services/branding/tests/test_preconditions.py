"""A change holds for the state that its caller read: If-Match and If-None-Match as RFC 9110 has them."""

import msgspec
import pytest
from branding.domain.portal import DisablePortal, EnablePortal, is_done
from branding.domain.preconditions import MalformedTags, Precondition, tag_of
from hypothesis import given
from hypothesis import strategies as st

from .branding_examples import after, revise, set_logo

NOW, OLD = tag_of(b"now"), tag_of(b"old")


def if_match(*lines: str) -> Precondition:
    return Precondition.parse(lines, ())


def if_none_match(*lines: str) -> Precondition:
    return Precondition.parse((), lines)


@pytest.mark.parametrize(
    ("lines", "allowed"),
    [
        ((), True),
        ((NOW,), True),
        ((OLD,), False),
        (("*",), True),
        (("  *  ",), True),
        ((f"{OLD}, {NOW}",), True),
        ((OLD, NOW), True),
        ((f"{OLD} ,{NOW}",), True),
        ((f"W/{NOW}",), False),
        ((f"W/{NOW}, {NOW}",), True),
        (('"*"',), False),
        ((NOW.upper(),), False),
        (('""',), False),
    ],
)
def test_if_match_compares_strongly(lines: tuple[str, ...], allowed: bool) -> None:
    assert if_match(*lines).allows_change(NOW) is allowed


@pytest.mark.parametrize("line", ["*", NOW])
def test_if_match_allows_no_change_of_what_is_not_there(line: str) -> None:
    assert not if_match(line).allows_change(None)


@pytest.mark.parametrize(
    ("line", "present", "allowed"),
    [("*", None, True), ("*", NOW, False), (NOW, NOW, False), (f"W/{NOW}", NOW, False), (OLD, NOW, True)],
)
def test_if_none_match_of_a_change_asks_that_it_is_not_so(
    line: str, present: str | None, allowed: bool
) -> None:
    assert if_none_match(line).allows_change(present) is allowed


@pytest.mark.parametrize(
    ("lines", "unchanged"),
    [((), False), ((NOW,), True), ((f"W/{NOW}",), True), (("*",), True), ((OLD,), False), ((OLD, NOW), True)],
)
def test_if_none_match_of_a_get_compares_weakly(lines: tuple[str, ...], unchanged: bool) -> None:
    assert if_none_match(*lines).is_unchanged(NOW) is unchanged


@pytest.mark.parametrize("line", ["", "3d1f", "'3d1f'", f"{NOW},", f"*, {NOW}", f"w/{NOW}", '"a" "b"', '"a'])
def test_what_is_no_tag_is_refused_in_words_and_not_passed_over(line: str) -> None:
    for name, parse in (("If-Match", if_match), ("If-None-Match", if_none_match)):
        with pytest.raises(MalformedTags, match=f"{name}: must be"):
            parse(line)


@given(st.binary(), st.binary())
def test_the_tag_is_of_the_bytes(one: bytes, other: bytes) -> None:
    assert (tag_of(one) == tag_of(other)) is (one == other)
    assert if_match(tag_of(one)).allows_change(tag_of(one))


def test_each_change_makes_another_tag_and_the_same_state_has_the_same() -> None:
    steps = [revise(), set_logo(), EnablePortal("b1"), DisablePortal("b1"), revise(name="Hikari")]
    tags = [tag_of(msgspec.json.encode(after(*steps[: end + 1]))) for end in range(len(steps))]
    assert len(set(tags)) == len(steps)
    assert tag_of(msgspec.json.encode(after(*steps, *steps[-1:]))) == tags[-1]


def test_what_is_done_already_is_known_whatever_the_command_would_be_refused_for() -> None:
    state = after(revise())
    assert is_done(revise(), state)
    assert is_done(DisablePortal("b1"), state)
    assert not is_done(EnablePortal("b1"), state)
    assert not is_done(EnablePortal("b1"), None)
    assert not is_done(revise(slug="admin"), state)
