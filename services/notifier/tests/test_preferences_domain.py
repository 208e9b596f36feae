"""What a choice changes: off is always done, on only by who saw what was chosen last, and nothing else."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifier.domain.kinds import GROUPS, KINDS, RULES, MessageKind
from notifier.domain.preferences import (
    CHANNELS,
    ChangePreferences,
    OfferedGroup,
    Way,
    decide,
    offered,
    switched_off,
    ways_of,
    without_choices,
)
from notifier.domain.recipients import ContactPreferences, NotifiedContact, recipients
from servicehub_events import Channel, Preferences, PreferencesSet, Role

BOOKED = Way("visit_confirmed", "email")
REMINDER_MAIL, REMINDER_TEXT = Way("voucher_reminder", "email"), Way("voucher_reminder", "sms")
CHOOSABLE = [Way(kind, channel) for kind in KINDS for channel in CHANNELS if RULES[kind].declinable]
some_ways = st.frozensets(st.sampled_from([Way(kind, channel) for kind in KINDS for channel in CHANNELS]))


def change(**changes: object) -> ChangePreferences:
    nothing = ChangePreferences(business_id="b-1", customer_id="cu-1", contact_id="co-1")
    return dataclasses.replace(nothing, **changes)


def chosen(off: frozenset[Way] = frozenset(), locale: str | None = None) -> PreferencesSet:
    event, _ = decide(change(off=off, locale=locale or "en"), 0, None)
    assert event
    return event


def test_one_channel_is_switched_off_and_the_other_stays() -> None:
    event = chosen(frozenset({REMINDER_MAIL}))
    assert (event.kinds, event.channels) == ({}, {"voucher_reminder": ("sms",)})
    both = chosen(frozenset({REMINDER_MAIL, REMINDER_TEXT}))
    assert (both.kinds, both.channels) == ({"voucher_reminder": False}, {})


@given(off=some_ways)
def test_what_is_written_is_read_back_and_what_must_be_known_is_never_off(off: frozenset[Way]) -> None:
    assert switched_off(chosen(off)) == off & set(CHOOSABLE)


@given(first=some_ways, off=some_ways, on=some_ways, seen=st.sampled_from([None, 0, 6, 7, 8]))
def test_an_opt_out_wins_whatever_else_is_asked(
    first: frozenset[Way], off: frozenset[Way], on: frozenset[Way], seen: int | None
) -> None:
    state = chosen(first)
    event, stays_off = decide(change(off=off, on=on, seen_version=seen), 7, state)
    before, after = switched_off(state), switched_off(event or state)
    choosable = set(CHOOSABLE)
    assert after >= off & choosable
    if seen == 7:
        assert after == (before - on) | (off & choosable)
        assert not stays_off
    else:
        assert after == before | (off & choosable)
        assert stays_off is bool(on & after)


def test_two_forms_of_one_page_leave_off_what_either_switched_off() -> None:
    state = chosen()
    mine, _ = decide(change(off=frozenset({BOOKED}), seen_version=1), 1, state)
    assert mine
    theirs, stays_off = decide(
        change(off=frozenset({REMINDER_MAIL}), on=frozenset({BOOKED}), seen_version=1), 2, mine
    )
    assert theirs
    assert switched_off(theirs) == {BOOKED, REMINDER_MAIL}
    assert stays_off


def test_a_language_changes_no_message_and_a_message_no_language() -> None:
    state = chosen(frozenset({BOOKED}), "ja")
    event, _ = decide(change(locale="en"), 3, state)
    assert event
    assert (event.locale, switched_off(event)) == ("en", {BOOKED})
    event, _ = decide(change(off=frozenset({REMINDER_TEXT})), 3, state)
    assert event
    assert event.locale == "ja"


def test_what_changes_nothing_is_no_event() -> None:
    state = chosen(frozenset({BOOKED}), "ja")
    assert decide(change(off=frozenset({BOOKED}), locale="ja"), 3, state) == (None, False)
    assert decide(change(off=frozenset({Way("receipt", "email")})), 0, None) == (None, False)


def test_what_a_newer_build_knows_more_of_is_kept() -> None:
    state = Preferences(
        business_id="b-1", contact_id="co-1", kinds={"newer": False}, channels={"newest": ("sms",)}
    )
    event, _ = decide(change(off=frozenset({BOOKED})), 1, state)
    assert event
    assert event.kinds == {"newer": False}
    assert event.channels == {"newest": ("sms",), "visit_confirmed": ("sms",)}


def test_of_the_erased_ids_alone_are_published() -> None:
    assert without_choices("b-1", "co-1") == PreferencesSet(business_id="b-1", contact_id="co-1", kinds={})


def test_each_kind_is_of_one_group_and_no_group_is_empty() -> None:
    grouped = [way.kind for group in GROUPS for way in ways_of(group, "email")]
    assert sorted(grouped) == sorted(KINDS)
    assert all(ways_of(group, "email") for group in GROUPS)


ADDRESSES: dict[Channel, str] = {"email": "a@example.com", "sms": "+819012345678"}


@pytest.mark.parametrize("roles", [None, ("visits",), ("invoices",), ("pay",), ()])
@pytest.mark.parametrize("reachable", [("email", "sms"), ("email",), ("sms",), ()])
@given(off=some_ways)
def test_the_settings_promise_what_is_sent(
    roles: tuple[Role, ...] | None, reachable: tuple[Channel, ...], off: frozenset[Way]
) -> None:
    event = chosen(off)
    preferences = ContactPreferences(kinds=event.kinds, channels=event.channels)
    contact = NotifiedContact(
        contact_id="co-1",
        email=ADDRESSES["email"] if "email" in reachable else "",
        phone=ADDRESSES["sms"] if "sms" in reachable else "",
        roles=roles,
    )
    promised = {(each.group, each.channel) for each in offered(roles, reachable, preferences) if each.wanted}

    def sent(kind: MessageKind) -> set[tuple[str, Channel]]:
        ways = recipients(kind, [contact], {"co-1": preferences}, None)
        return {(RULES[kind].group, way.channel) for way in ways}

    assert promised == {each for kind in KINDS for each in sent(kind)}


def test_what_cannot_be_chosen_is_said_to_be_always_sent() -> None:
    groups = offered(None, ("email",), ContactPreferences(kinds={"visit_confirmed": False}))
    assert groups == [
        OfferedGroup("visit_bookings", "email", wanted=False, choosable=True),
        OfferedGroup("visit_changes", "email", wanted=True, choosable=False),
        OfferedGroup("visit_reminders", "email", wanted=True, choosable=True),
        OfferedGroup("visit_progress", "email", wanted=True, choosable=True),
        OfferedGroup("staff_changes", "email", wanted=True, choosable=True),
        OfferedGroup("request_receipts", "email", wanted=True, choosable=True),
        OfferedGroup("request_answers", "email", wanted=True, choosable=False),
        OfferedGroup("invoices", "email", wanted=True, choosable=False),
        OfferedGroup("invoice_reminders", "email", wanted=True, choosable=True),
        OfferedGroup("voucher_reminders", "email", wanted=True, choosable=True),
        OfferedGroup("payments", "email", wanted=True, choosable=False),
        OfferedGroup("access", "email", wanted=True, choosable=False),
    ]
