"""What sign-in decides about a request: given what was counted and looked up, then this."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from auth_otp import errors
from auth_otp.domain.challenges import (
    ChallengeExpired,
    ChallengeSpent,
    CodeAttempt,
    LiveCode,
    OtherLength,
    Outcome,
    Proof,
)
from auth_otp.domain.codes import derive_code
from auth_otp.domain.sessions import Candidate, LiveSession, SessionGrant
from auth_otp.domain.sign_in import (
    Browser,
    HeldChallenge,
    after_proof,
    check_attempts,
    check_entry,
    check_offer,
    check_pick,
    check_portal,
    entry_counters,
    held_for,
    plan_session,
    plan_switch,
    read_address,
    right_code,
    send_counters,
    send_limits,
    tries_left,
    wrong_code,
)
from auth_otp.domain.stored_addresses import StoredAddress
from chassis.refusals import Refusal
from servicehub_events import Business, as_event
from servicehub_events_tools.testing import samples

from .test_settings import settings_of

SETTINGS, AT = settings_of(), datetime(2026, 11, 22, tzinfo=UTC)
PEPPER = bytes(range(32))
PEPPERS = {"p1": PEPPER}
PORTAL = as_event(Business, samples.business(), business_id="b-1", generation=3)
ONE, OTHER = Candidate("cu-1", "co-1"), Candidate("cu-2", "co-9")
ADDRESS = StoredAddress("k1.a", b"sealed")
BROWSER = Browser(sources=["k1.s"], device="Safari on iPhone", browser_id="", session_id="")
PROOF = Proof(session_id="s1", choice_id="w1", browser_id="k1", remembered=False, device="Safari", at=AT)
LIVE = LiveSession("b-1", "s0", "cu-1", "co-1", "k1.a", b"sealed", True, AT + timedelta(days=9))


def attempt(tries_left: int = 4, *numbers: int, pepper: str = "p1") -> CodeAttempt:
    return CodeAttempt(
        challenge_id="c1",
        tries_left=tries_left,
        address_index="k1.a",
        address_cipher=b"sealed",
        codes=[LiveCode("c1", number, pepper) for number in numbers or (1,)],
        at=AT,
    )


def grant(*candidates: Candidate, portal_generation: int = 3) -> SessionGrant:
    business = msgspec.structs.replace(PORTAL, generation=portal_generation)
    return plan_session(SETTINGS, business, BROWSER, PROOF, ADDRESS, candidates)


def test_five_codes_an_hour_and_ten_a_day_leave_for_one_browser_at_a_time() -> None:
    assert send_limits(SETTINGS) == ((5, 3600), (10, 86400))


def test_a_source_asks_and_enters_so_much_and_the_networks_around_it_twice_as_much_each() -> None:
    names = [counter.name for counter in send_counters(SETTINGS, ["a", "b", "c"])]
    assert names == ["sends:a", "sends:b", "sends:c"]
    asked = [counter.limit for counter in send_counters(SETTINGS, ["a", "b", "c"])]
    assert asked == [(60, 3600), (120, 3600), (240, 3600)]
    assert [counter.limit for counter in entry_counters(SETTINGS, ["a"])] == [(30, 60)]


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
    ("challenge_ids", "typed", "outcome"),
    [
        (["c1"], "012345", "012345"),
        (["c1"], " ０１２ ３４５ ", "012345"),
        (["c1"], "0123 4567", "01234567"),
        ([], "012345", errors.NoChallenge),
        ([], "", errors.NoChallenge),
        (["c1"], "", errors.CodeMalformed),
        (["c1"], "01234", errors.CodeMalformed),
        (["c1"], "0123456", errors.CodeMalformed),
    ],
)
def test_what_is_no_entry_costs_no_try(
    challenge_ids: list[str], typed: str, outcome: str | type[Refusal]
) -> None:
    if isinstance(outcome, str):
        assert check_entry(challenge_ids, typed) == outcome
    else:
        with pytest.raises(outcome):
            check_entry(challenge_ids, typed)


def test_every_try_that_was_counted_is_compared() -> None:
    counted = attempt()
    assert check_attempts([ChallengeExpired(), counted, ChallengeSpent(), counted]) == [counted, counted]


@pytest.mark.parametrize(
    ("outcomes", "refused", "params"),
    [
        ([ChallengeExpired()], errors.CodeExpired, {}),
        ([ChallengeExpired(), ChallengeSpent()], errors.CodeDead, {}),
        ([ChallengeSpent(), OtherLength(8), ChallengeExpired()], errors.CodeMalformed, {"digits": 8}),
    ],
)
def test_without_any_the_refusal_says_what_to_do(
    outcomes: list[Outcome], refused: type[Refusal], params: dict[str, int]
) -> None:
    with pytest.raises(refused) as refusal:
        check_attempts(outcomes)
    assert refusal.value.params == params


HELD = [HeldChallenge("c2", "090-1234-5678", 6), HeldChallenge("c1", " A@Example.com", 8)]


@pytest.mark.parametrize(
    ("typed", "held"),
    [("a@example.com", "c1"), ("+819012345678", "c2"), ("b@example.com", ""), ("nobody", ""), ("", "")],
)
def test_a_challenge_is_held_for_all_variants_of_its_address(typed: str, held: str) -> None:
    assert held_for(HELD, typed, "JP") == held


def code(number: int = 1, challenge_id: str = "c1", pepper: bytes = PEPPER, digits: int = 6) -> str:
    return derive_code(pepper, challenge_id, number, digits)


@pytest.mark.parametrize(
    ("entered", "counted", "number"),
    [
        (code(), attempt(), 1),
        (code(), attempt(0), 1),  # the last try is one
        (code(2), attempt(4, 2, 1), 2),
        (code(1), attempt(4, 2, 1), 1),  # the one before lives on
        (code(digits=16), attempt(), 1),
    ],
)
def test_a_code_is_right_that_was_sent_and_is_alive(entered: str, counted: CodeAttempt, number: int) -> None:
    right = right_code(entered, counted, PEPPERS)
    assert right
    assert right.number == number


@pytest.mark.parametrize(
    ("entered", "counted"),
    [
        (code(2), attempt()),
        (code(1), attempt(4, 2)),  # it has run out
        (code(challenge_id="c2"), attempt()),
        (code(pepper=PEPPER[::-1]), attempt()),
        (code(), attempt(pepper="retired")),
        (code(digits=8), attempt(4, 2)),
    ],
)
def test_any_other_code_is_wrong(entered: str, counted: CodeAttempt) -> None:
    assert right_code(entered, counted, PEPPERS) is None


@pytest.mark.parametrize(("of_address", "left"), [(None, 4), (9, 4), (2, 2)])
def test_as_many_tries_are_left_as_challenge_and_address_both_bear(of_address: int | None, left: int) -> None:
    assert tries_left(attempt(4), of_address) == left


def test_at_the_last_try_the_challenge_is_dead() -> None:
    assert isinstance(wrong_code(0), errors.CodeDead)
    assert wrong_code(1).params == {"tries_left": 1}


@pytest.mark.parametrize(
    ("candidates", "let_in"), [((ONE,), ONE), ((ONE, OTHER), None), ((OTHER, ONE, ONE), None)]
)
def test_a_proof_lets_the_one_contact_in_or_leaves_the_choice(
    candidates: tuple[Candidate, ...], let_in: Candidate | None
) -> None:
    assert after_proof(candidates, 4) == let_in


@pytest.mark.parametrize("left", [4, 1, 0])
def test_the_right_code_of_nobodys_address_is_refused_like_a_wrong_code(left: int) -> None:
    with pytest.raises(Refusal) as nobodys:
        after_proof((), left)
    wrong = wrong_code(left)
    assert (type(nobodys.value), nobodys.value.params) == (type(wrong), wrong.params)


@pytest.mark.parametrize(("remembered", "life"), [(False, timedelta(days=1)), (True, timedelta(days=30))])
def test_a_session_lives_a_day_or_a_month_from_the_proof(remembered: bool, life: timedelta) -> None:
    proof = msgspec.structs.replace(PROOF, remembered=remembered)
    planned = plan_session(SETTINGS, PORTAL, BROWSER, proof, ADDRESS, [ONE])
    assert (planned.remembered, planned.issued_at, planned.expires_at) == (remembered, AT, AT + life)


@pytest.mark.parametrize(("held", "replaced"), [("", ""), ("s0", "s0"), ("s1", "")])
def test_a_new_session_ends_the_one_that_the_browser_held_but_never_itself(held: str, replaced: str) -> None:
    browser = Browser(sources=["k1.s"], device="Safari on iPhone", browser_id="", session_id=held)
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
