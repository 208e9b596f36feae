"""What GET answers, put back, changes nothing; whatever the settings are, and whatever happened before."""

import msgspec
import pytest
from branding.domain.portal import READ_ONLY, Command, DisablePortal, EnablePortal, decide
from branding.errors import InvalidBranding
from branding.http.body import BrandingIn, read_branding
from chassis.words.languages import LOCALES
from hypothesis import given, settings
from hypothesis import strategies as st
from servicehub_events import Business, as_event

from .branding_examples import after, body, revise, set_logo

SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{9,61}[a-z0-9]", fullmatch=True)
COLOURS = st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True)
LINES = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=60)
URLS = st.sampled_from(["https://example.com", "https://example.jp/特商法?a=1#b"])
OPTIONAL = {
    "website": URLS,
    "legal_name": LINES,
    "stripe_account": st.from_regex(r"acct_[A-Za-z0-9_]{1,64}", fullmatch=True),
    "tips": st.fixed_dictionaries(
        {"percentages": st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True).map(sorted)}
    ),
    "saved_cards": st.just(True),  # GET leaves out what is the default
    "second_proof_to_pay": st.just(True),
    "pay_links": st.just(False),
    "disclosure_url": URLS,
    "surplus_handling": st.just("credit"),
    "requests": st.fixed_dictionaries(
        {
            "kinds": st.lists(
                st.sampled_from(["move", "cancel", "book"]), min_size=1, max_size=3, unique=True
            ),
            "notice_hours": st.integers(0, 720),
        }
    ),
    "reminders": st.fixed_dictionaries({"hours_before": st.lists(st.integers(1, 720), max_size=5)}),
}
SUPPORT = {
    "email": st.just("help@example.com"),
    "phone": st.from_regex(r"\+[1-9][0-9]{1,14}", fullmatch=True),
    "hours": LINES,
    "url": URLS,
}
BODIES = st.lists(st.sampled_from(LOCALES), min_size=1, unique=True).flatmap(
    lambda locales: st.fixed_dictionaries(
        {
            "slug": SLUGS,
            "name": LINES,
            "colours": st.fixed_dictionaries({"primary": COLOURS}, optional={"accent": COLOURS}),
            "locales": st.just(locales),
            "default_locale": st.sampled_from(locales),
            "time_zone": st.sampled_from(["Asia/Tokyo", "America/New_York", "UTC"]),
            "currency": st.sampled_from(["JPY", "USD", "KWD"]),
            "country": st.sampled_from(["JP", "US"]),
            "support": st.fixed_dictionaries({}, optional=SUPPORT),
        },
        optional=OPTIONAL,
    )
)
REVISIONS = BODIES.map(lambda fields: read_branding(msgspec.json.encode(fields), "b1", ""))
OTHERS = st.sampled_from([set_logo(), EnablePortal("b1"), DisablePortal("b1")])


def answer(state: Business) -> dict[str, object]:
    """The body of a GET."""
    return msgspec.json.decode(msgspec.json.encode(state), type=dict[str, object])


def put(fields: object, state: Business | None) -> list[Business]:
    """The events of a PUT."""
    return list(decide(read_branding(msgspec.json.encode(fields), "b1", ""), state))


@settings(max_examples=30)
@given(REVISIONS, st.lists(st.one_of(REVISIONS, OTHERS), max_size=4))
def test_what_get_answers_put_back_changes_nothing(first: Command, later: list[Command]) -> None:
    state = after(first, *later)
    assert state is not None
    assert put(answer(state), state) == []


@settings(max_examples=30)
@given(REVISIONS, BODIES)
def test_the_settings_that_were_put_are_those_that_get_answers(
    before: Command, fields: dict[str, object]
) -> None:
    state = after(before)
    for event in put(fields, state):
        state = as_event(Business, event)
    assert state is not None
    assert {*fields} <= {*answer(state)}


def test_what_the_logos_answer_says_beside_the_state_is_taken_back_and_changes_nothing() -> None:
    state = after(revise(), set_logo())
    assert state is not None
    assert (
        put({**answer(state), "warnings": [{"code": "logo_wide", "message": "It is very wide."}]}, state)
        == []
    )


def test_one_setting_is_changed_in_what_get_answered() -> None:
    state = after(revise(), set_logo(), EnablePortal("b1"))
    assert state is not None
    (event,) = put({**answer(state), "name": "Hikari"}, state)
    assert as_event(Business, event) == as_event(Business, state, name="Hikari")


@pytest.mark.parametrize("field", sorted(READ_ONLY))
def test_what_a_put_does_not_set_is_refused_by_name_when_it_would_change(field: str) -> None:
    state = after(revise(), set_logo(), EnablePortal("b1"))
    with pytest.raises(InvalidBranding) as caught:
        put({**answer(state), field: "another"} if state else {}, state)
    assert caught.value.detail.startswith(f"{field}: must be left out, or sent back")
    assert READ_ONLY[field] in caught.value.detail


def test_what_was_read_before_the_portal_was_switched_off_does_not_switch_it_on_again() -> None:
    before = after(revise(), EnablePortal("b1"))
    now = after(revise(), EnablePortal("b1"), DisablePortal("b1"))
    assert before is not None
    with pytest.raises(InvalidBranding, match="enabled: "):
        put(answer(before), now)


def test_settings_of_one_business_are_not_put_to_another() -> None:
    with pytest.raises(InvalidBranding, match="business_id: "):
        put({**body(), "business_id": "b2"}, None)
    assert len(put({**body(), "business_id": "b1"}, None)) == 1


@pytest.mark.parametrize(
    "colours",
    [
        {},
        {"colours": {"primary": "#1e7b57"}, "primary_colour": "#1e7b57"},
        {"colours": {"primary": "#1e7b57"}, "accent": "#c94f16"},
    ],
)
def test_the_colours_are_said_once(colours: dict[str, object]) -> None:
    fields = {name: value for name, value in body().items() if name != "primary_colour"}
    with pytest.raises(InvalidBranding, match=r"colour|accent"):
        put({**fields, **colours}, None)


def test_whatever_a_business_has_is_settable_or_follows_from_what_is() -> None:
    settable = {*BrandingIn.model_fields} - {*READ_ONLY} - {"primary_colour", "accent", "warnings"}
    assert settable | {*READ_ONLY} == {*Business.__struct_fields__}
    assert not settable & {*READ_ONLY}
