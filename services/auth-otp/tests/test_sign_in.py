"""What sign-in decides about a request: given what was counted and looked up, then this."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from auth_otp import errors
from auth_otp.domain.challenges import ChallengeExpired, ChallengeSpent, CodeAttempt, Proof
from auth_otp.domain.codes import derive_code
from auth_otp.domain.sessions import Candidate, LiveSession, SessionGrant
from auth_otp.domain.sign_in import (
    Browser,
    after_proof,
    brakes,
    check_attempt,
    check_code,
    check_entry,
    check_offer,
    check_pick,
    check_portal,
    plan_session,
    plan_switch,
    read_address,
    send_limits,
    source_entry_limits,
    source_send_limits,
)
from auth_otp.domain.stored_addresses import StoredAddress
from chassis.refusals import Refusal
from servicehub_events import Business, as_event
from servicehub_events_tools.testing import samples

from .test_settings import settings_of

SETTINGS, AT = settings_of(), datetime(2026, 11, 22, tzinfo=UTC)
PEPPER = bytes(range(32))
PORTAL = as_event(Business, samples.business(), business_id="b-1", generation=3)
ONE, OTHER = Candidate("cu-1", "co-1"), Candidate("cu-2", "co-9")
ADDRESS = StoredAddress("k1.a", b"sealed")
BROWSER = Browser(source="k1.s", device="Safari on iPhone", browser_id="", session_id="")
PROOF = Proof(session_id="s1", choice_id="w1", browser_id="k1", remembered=False, device="Safari", at=AT)
LIVE = LiveSession("b-1", "s0", "cu-1", "co-1", "k1.a", b"sealed", True, AT + timedelta(days=9))


def attempt(tries_left: int = 4, *code_numbers: int) -> CodeAttempt:
    return CodeAttempt(
        tries_left=tries_left,
        address_index="k1.a",
        address_cipher=b"sealed",
        pepper="p1",
        code_numbers=code_numbers or (1,),
        at=AT,
    )


def grant(*candidates: Candidate, portal_generation: int = 3) -> SessionGrant:
    business = msgspec.structs.replace(PORTAL, generation=portal_generation)
    return plan_session(SETTINGS, business, BROWSER, PROOF, ADDRESS, candidates)


def test_codes_leave_a_minute_apart_five_an_hour_and_ten_a_day() -> None:
    assert send_limits(SETTINGS) == ((1, 60), (5, 3600), (10, 86400))


def test_one_source_asks_for_so_many_codes_an_hour_and_enters_so_many_a_minute() -> None:
    assert source_send_limits(SETTINGS) == ((20, 3600),)
    assert source_entry_limits(SETTINGS) == ((10, 60),)


def test_a_failure_counts_against_its_source_first_then_its_business_then_everybody() -> None:
    counted = [(brake.scope, brake.name, brake.limit) for brake in brakes(SETTINGS, "b-1", "k1.s")]
    assert counted == [
        ("source", "failures-from:k1.s", (10, 3600)),
        ("business", "failures:{b-1}", (100, 3600)),
        ("overall", "failures", (1000, 3600)),
    ]


def test_nothing_begins_at_a_portal_that_is_off() -> None:
    check_portal(PORTAL)
    with pytest.raises(errors.PortalOff):
        check_portal(msgspec.structs.replace(PORTAL, enabled=False))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("A@Example.com", "a@example.com"),
        ("090-1234-5678", "+819012345678"),
        ("+1 415 555 0100", "+14155550100"),
        ("", errors.AddressMissing),
        (" \u3000\n", errors.AddressMissing),
        ("nobody", errors.AddressInvalid),
        ("a@b", errors.AddressInvalid),
    ],
)
def test_an_address_is_read_or_refused_before_anything_is_counted(
    typed: str, read: str | type[Refusal]
) -> None:
    if isinstance(read, str):
        assert read_address(typed, "JP").value == read
    else:
        with pytest.raises(read):
            read_address(typed, "JP")


@pytest.mark.parametrize(
    ("challenge_id", "typed", "outcome"),
    [
        ("c1", "012345", "012345"),
        ("c1", " ０１２ ３４５ ", "012345"),
        ("", "012345", errors.NoChallenge),
        ("", "", errors.NoChallenge),
        ("c1", "", errors.CodeMalformed),
        ("c1", "01234", errors.CodeMalformed),
        ("c1", "0123456", errors.CodeMalformed),
    ],
)
def test_what_is_no_entry_costs_no_try(challenge_id: str, typed: str, outcome: str | type[Refusal]) -> None:
    if isinstance(outcome, str):
        assert check_entry(challenge_id, typed) == outcome
    else:
        with pytest.raises(outcome):
            check_entry(challenge_id, typed)


def test_only_a_try_that_was_counted_is_compared() -> None:
    counted = attempt()
    assert check_attempt(counted) is counted
    with pytest.raises(errors.CodeExpired):
        check_attempt(ChallengeExpired())
    with pytest.raises(errors.CodeDead):
        check_attempt(ChallengeSpent())


def code(number: int = 1, challenge_id: str = "c1", pepper: bytes = PEPPER) -> str:
    return derive_code(pepper, challenge_id, number)


@pytest.mark.parametrize(
    ("entered", "counted"),
    [
        (code(), attempt()),
        (code(), attempt(0)),  # the last try is one
        (code(2), attempt(4, 2, 1)),
        (code(1), attempt(4, 2, 1)),  # the one before lives on
    ],
)
def test_a_code_is_right_that_the_challenge_sent_and_that_is_alive(
    entered: str, counted: CodeAttempt
) -> None:
    check_code(entered, "c1", counted, PEPPER)


@pytest.mark.parametrize(
    ("entered", "counted", "refused"),
    [
        (code(2), attempt(), errors.CodeWrong),
        (code(1), attempt(4, 2), errors.CodeWrong),  # it has run out
        (code(challenge_id="c2"), attempt(), errors.CodeWrong),
        (code(pepper=PEPPER[::-1]), attempt(), errors.CodeWrong),
        (code(2), attempt(1), errors.CodeWrong),
        (code(2), attempt(0), errors.CodeDead),
    ],
)
def test_any_other_code_is_wrong_and_at_the_last_try_the_challenge_is_dead(
    entered: str, counted: CodeAttempt, refused: type[Refusal]
) -> None:
    with pytest.raises(refused) as refusal:
        check_code(entered, "c1", counted, PEPPER)
    assert refusal.value.params == ({"tries_left": counted.tries_left} if counted.tries_left else {})


def test_a_code_whose_pepper_was_retired_has_expired() -> None:
    with pytest.raises(errors.CodeExpired):
        check_code(code(), "c1", attempt(), None)


@pytest.mark.parametrize(
    ("candidates", "let_in"), [((ONE,), ONE), ((ONE, OTHER), None), ((OTHER, ONE, ONE), None)]
)
def test_a_proof_lets_the_one_contact_in_or_leaves_the_choice(
    candidates: tuple[Candidate, ...], let_in: Candidate | None
) -> None:
    assert after_proof(candidates, attempt()) == let_in


@pytest.mark.parametrize("tries_left", [4, 1, 0])
def test_the_right_code_of_nobodys_address_is_refused_like_a_wrong_code(tries_left: int) -> None:
    with pytest.raises(Refusal) as nobodys:
        after_proof((), attempt(tries_left))
    with pytest.raises(Refusal) as wrong:
        check_code(code(2), "c1", attempt(tries_left), PEPPER)
    assert (type(nobodys.value), nobodys.value.params) == (type(wrong.value), wrong.value.params)


@pytest.mark.parametrize(("remembered", "life"), [(False, timedelta(days=1)), (True, timedelta(days=30))])
def test_a_session_lives_a_day_or_a_month_from_the_proof(remembered: bool, life: timedelta) -> None:
    proof = msgspec.structs.replace(PROOF, remembered=remembered)
    planned = plan_session(SETTINGS, PORTAL, BROWSER, proof, ADDRESS, [ONE])
    assert (planned.remembered, planned.issued_at, planned.expires_at) == (remembered, AT, AT + life)


@pytest.mark.parametrize(("held", "replaced"), [("", ""), ("s0", "s0"), ("s1", "")])
def test_a_new_session_ends_the_one_that_the_browser_held_but_never_itself(held: str, replaced: str) -> None:
    browser = Browser(source="k1.s", device="Safari on iPhone", browser_id="", session_id=held)
    planned = plan_session(SETTINGS, PORTAL, browser, PROOF, ADDRESS, [ONE])
    assert (planned.replaces, planned.switching) == (replaced, False)


def test_a_session_is_granted_as_it_was_proven_first() -> None:
    planned = grant(ONE, OTHER)
    assert (planned.session_id, planned.device) == (PROOF.session_id, PROOF.device)
    assert (planned.address_index, planned.address_cipher) == (ADDRESS.index, ADDRESS.cipher)
    assert (planned.candidates, planned.portal_generation) == ((ONE, OTHER), PORTAL.generation)


def test_a_switch_proves_nothing_anew() -> None:
    planned = plan_switch(LIVE, PORTAL, "Safari", [ONE, OTHER], session_id="s2", now=AT)
    assert (planned.expires_at, planned.remembered) == (LIVE.expires_at, LIVE.remembered)
    assert (planned.address_index, planned.address_cipher) == (LIVE.address_index, LIVE.address_cipher)
    assert (planned.session_id, planned.replaces, planned.switching) == ("s2", LIVE.session_id, True)


@pytest.mark.parametrize(("offered", "index"), [(None, 7), (grant(ONE, OTHER), 0), (grant(ONE, OTHER), 1)])
def test_what_is_offered_may_be_picked(offered: SessionGrant | None, index: int) -> None:
    check_offer(offered, index)


@pytest.mark.parametrize("index", [-1, 2, 1000])
def test_what_is_not_offered_is_refused_and_the_offer_stays(index: int) -> None:
    with pytest.raises(errors.ChoiceUnknown):
        check_offer(grant(ONE, OTHER), index)


def test_a_pick_is_the_contact_at_its_place() -> None:
    offered = grant(ONE, OTHER)
    assert check_pick(offered, 1, PORTAL) == (offered, OTHER)


@pytest.mark.parametrize("picked", [None, grant(ONE, OTHER, portal_generation=2)])
def test_no_pick_outlives_its_offer_or_the_portal_it_was_offered_at(picked: SessionGrant | None) -> None:
    with pytest.raises(errors.ChoiceExpired):
        check_pick(picked, 1, PORTAL)
