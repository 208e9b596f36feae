"""Challenges on Valkey: whose code is good where, for how long, and what happens beyond the limits.

Time passes by ageing what is stored: tests never sleep.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from auth_otp.adapters.challenges import ValkeyChallenges
from auth_otp.adapters.valkey import Valkey, key
from auth_otp.domain.challenges import (
    ChallengeExpired,
    ChallengeSpent,
    CodeAttempt,
    LiveCode,
    OtherLength,
    Proof,
    Sending,
    SendRequest,
    SendTicket,
    TooSoon,
)
from chassis.settings.base import Secret
from portal_testing.stack import Servers
from redis.asyncio import Redis

from .sign_in_world import age
from .test_settings import settings_of

pytestmark = pytest.mark.stack
SETTINGS, AT = settings_of(), datetime(2026, 11, 22, tzinfo=UTC)
EVERY = SETTINGS.shared_mail_every_seconds


@dataclass
class Store:
    """Challenges of one business, asked for and tried as browsers do."""

    challenges: ValkeyChallenges
    client: Redis
    url: str

    async def advance(self, seconds: float) -> None:
        await age(self.url, seconds)

    async def ask(
        self,
        new: str = "c1",
        held: str = "",
        *,
        address: str = "k1.a",
        bucket: str = "",
        digits: int = 6,
        patient: bool = False,
        entry: str = "",
    ) -> SendTicket | TooSoon:
        request = SendRequest(
            business_id="b-1",
            address_index=address,
            address_cipher=b"\x00\xffsealed",
            bucket=bucket,
            challenge_id=held,
            new_challenge_id=new,
            new_shared_id=f"shared-{new}",
            pepper="k1",
            digits=digits,
            shared_digits=max(digits, 8),
            shared_every_seconds=EVERY,
            patient=patient,
            entry=entry,
            sources=["n"] if entry else (),
        )
        return await self.challenges.ask(request)

    async def sent(self, new: str = "c1", held: str = "", **more: object) -> tuple[SendTicket, Sending]:
        outcome = await self.ask(new, held, **more)  # pyright: ignore[reportArgumentType]
        assert isinstance(outcome, SendTicket)
        assert outcome.sending
        return outcome, outcome.sending

    async def opened(self, new: str) -> SendTicket:
        outcome = await self.ask(new)
        assert isinstance(outcome, SendTicket)
        assert outcome.sending is None
        return outcome

    async def tried(self, challenge_id: str = "c1", digits: int = 6) -> CodeAttempt:
        outcome = await self.challenges.attempt("b-1", challenge_id, digits)
        assert isinstance(outcome, CodeAttempt)
        return outcome

    async def spend_sends(self) -> None:
        """Somebody asks for all the codes of an hour."""
        for _ in range(SETTINGS.sends_per_hour):
            await self.sent("s1", "s1")
            await self.advance(SETTINGS.send_spacing_seconds)


@pytest.fixture
async def store(servers: Servers) -> AsyncGenerator[Store]:
    url = servers.fresh_redis_url()
    valkey, client = Valkey(Secret(url), timeout=5), Redis.from_url(url)  # pyright: ignore[reportUnknownMemberType]  # redis is loosely typed
    yield Store(ValkeyChallenges(valkey, SETTINGS), client, url)
    await client.aclose()
    await valkey.close()


def proof(session_id: str) -> Proof:
    return Proof(session_id=session_id, choice_id="w", browser_id="k", remembered=False, device="x", at=AT)


def code(attempt: CodeAttempt) -> LiveCode:
    (only,) = attempt.codes
    return only


async def test_a_new_challenge_gives_what_it_was_given(store: Store) -> None:
    ticket, sending = await store.sent()
    assert (ticket.challenge_id, ticket.digits, ticket.again) == ("c1", 6, False)
    assert (sending.code_id, sending.code_number, sending.send_number, sending.pepper) == ("c1", 1, 1, "k1")
    attempt = await store.tried()
    assert (attempt.address_index, attempt.address_cipher) == ("k1.a", b"\x00\xffsealed")
    assert list(attempt.codes) == [LiveCode("c1", 1, "k1")]
    assert sending.expires_at - attempt.at <= timedelta(seconds=SETTINGS.code_life_seconds)


async def test_a_resend_stays_in_its_challenge(store: Store) -> None:
    _, first = await store.sent()
    assert await store.ask("c2", "c1") == TooSoon(60, has_code=True)
    await store.advance(61)
    ticket, again = await store.sent("c2", "c1")
    assert (ticket.challenge_id, ticket.again) == ("c1", True)
    assert (again.code_number, again.send_number) == (1, 2)
    assert abs(first.expires_at - again.expires_at) <= timedelta(seconds=61)


async def test_who_is_patient_is_sent_a_code_when_the_minute_is_over(store: Store) -> None:
    await store.sent()
    _, sending = await store.sent("c2", "c1", digits=8, patient=True)
    assert timedelta(seconds=50) < sending.due_at - datetime.now(UTC) <= timedelta(seconds=61)
    assert sending.expires_at - sending.due_at == timedelta(seconds=SETTINGS.code_life_seconds)


async def test_another_browser_is_told_to_wait_and_holds_nothing(store: Store) -> None:
    await store.sent()
    assert await store.ask("c2") == TooSoon(60, has_code=False)
    assert isinstance(await store.challenges.attempt("b-1", "c2", 6), ChallengeExpired)


async def test_a_known_browser_has_sends_of_its_own(store: Store) -> None:
    await store.sent()
    await store.sent("c2", bucket="k")


async def test_near_its_end_a_challenge_gets_a_new_code_and_both_live(store: Store) -> None:
    await store.sent()
    await store.advance(SETTINGS.code_life_seconds - SETTINGS.code_renew_within_seconds + 1)
    _, again = await store.sent(held="c1")
    assert again.code_number == 2
    assert {one.number for one in (await store.tried()).codes} == {1, 2}
    await store.advance(SETTINGS.code_renew_within_seconds)
    assert code(await store.tried()).number == 2
    await store.advance(SETTINGS.code_life_seconds)
    assert isinstance(await store.challenges.attempt("b-1", "c1", 6), ChallengeExpired)


async def test_a_new_code_gives_no_new_tries(store: Store) -> None:
    await store.sent()
    for left in (4, 3, 2):
        assert (await store.tried()).tries_left == left
    await store.advance(SETTINGS.code_life_seconds - 30)
    await store.sent(held="c1")
    assert [(await store.tried()).tries_left for _ in range(2)] == [1, 0]
    assert isinstance(await store.challenges.attempt("b-1", "c1", 6), ChallengeSpent)


async def test_a_dead_challenge_is_not_sent_again_but_followed_by_a_new_one(store: Store) -> None:
    await store.sent()
    for _ in range(SETTINGS.code_tries):
        await store.tried()
    await store.advance(61)
    ticket, _ = await store.sent("c2", "c1")
    assert ticket.challenge_id == "c2"


async def test_a_challenge_held_for_another_address_is_left_alone(store: Store) -> None:
    await store.sent()
    ticket, _ = await store.sent("c2", "c1", address="k1.b")
    assert ticket.challenge_id == "c2"
    await store.tried()


async def test_a_code_of_another_length_costs_no_try(store: Store) -> None:
    await store.sent(digits=8)
    assert await store.challenges.attempt("b-1", "c1", 6) == OtherLength(8)
    assert (await store.tried(digits=8)).tries_left == SETTINGS.code_tries - 1


async def test_a_longer_code_ends_the_shorter_one_at_once_and_has_tries_of_its_own(store: Store) -> None:
    await store.sent()
    for _ in range(SETTINGS.code_tries):
        await store.tried()
    await store.advance(61)
    ticket, sending = await store.sent("c2", "c1", digits=8)
    assert (ticket.challenge_id, ticket.digits, sending.code_number) == ("c1", 8, 2)
    assert await store.challenges.attempt("b-1", "c1", 6) == OtherLength(8)
    assert (await store.tried(digits=8)).tries_left == SETTINGS.code_tries - 1


async def test_a_code_never_grows_shorter_while_it_lives(store: Store) -> None:
    await store.sent(digits=8)
    await store.advance(61)
    ticket, sending = await store.sent("c2", "c1", digits=6)
    assert (ticket.digits, sending.code_number) == (8, 1)


async def test_a_third_browser_shares_a_longer_code_and_ends_nobodys(store: Store) -> None:
    for number in (1, 2):
        await store.sent(f"c{number}")
        await store.advance(61)
    ticket, sending = await store.sent("c3")
    assert (ticket.challenge_id, ticket.digits, sending.code_id) == ("c3", 8, "shared-c3")
    await store.tried("c1")
    await store.tried("c2")
    assert code(await store.tried("c3", 8)) == LiveCode("shared-c3", 1, "k1")


async def test_beyond_its_sends_an_address_gets_one_message_in_ten_minutes_which_every_browser_may_enter(
    store: Store,
) -> None:
    await store.spend_sends()
    await store.sent("c1")
    for number in range(2, 30):
        assert (await store.opened(f"c{number}")).digits == 8
    for challenge in ("c1", "c17", "c29"):
        assert code(await store.tried(challenge, 8)) == LiveCode("shared-c1", 1, "k1")


async def test_the_next_message_is_ready_when_the_last_one_runs_out(store: Store) -> None:
    await store.spend_sends()
    await store.sent("c1")
    await store.advance(EVERY - 90)
    _, sending = await store.sent("c2")
    assert timedelta(seconds=80) < sending.due_at - datetime.now(UTC) <= timedelta(seconds=91)
    assert (sending.code_id, sending.code_number) == ("shared-c1", 2)
    assert code(await store.tried("c2", 8)).number == 1
    assert (await store.opened("c3")).digits == 8
    await store.advance(91)
    assert code(await store.tried("c2", 8)).number == 2


async def test_whoever_enters_a_shared_code_uses_it_up(store: Store) -> None:
    await store.spend_sends()
    await store.sent("c1")
    await store.opened("c2")
    mine, other = await store.tried("c1", 8), await store.tried("c2", 8)
    assert await store.challenges.consume("b-1", "c1", code(mine), proof("s1"))
    assert await store.challenges.consume("b-1", "c1", code(mine), proof("s2"))  # the same form, sent twice
    assert await store.challenges.consume("b-1", "c2", code(other), proof("s3")) is None
    assert isinstance(await store.challenges.attempt("b-1", "c2", 8), ChallengeExpired)
    _, sending = await store.sent("c3")
    assert sending.due_at > datetime.now(UTC) + timedelta(seconds=EVERY - 60)


async def test_a_shared_code_is_no_code_of_another_address(store: Store) -> None:
    await store.spend_sends()
    await store.sent("c1")
    await store.sent("c2", address="k1.b")
    assert await store.challenges.attempt("b-1", "c2", 8) == OtherLength(6)


async def test_the_first_proof_stays_for_a_minute_and_costs_no_try(store: Store) -> None:
    await store.sent()
    right = code(await store.tried())

    async def consumed(session_id: str) -> Proof | None:
        outcome = await store.challenges.consume("b-1", "c1", right, proof(session_id))
        return outcome and outcome.proof

    assert await consumed("s1") == proof("s1")
    assert (await store.tried()).tries_left == 4
    assert await consumed("s2") == proof("s1")
    await store.advance(SETTINGS.repeated_post_seconds + 1)
    assert isinstance(await store.challenges.attempt("b-1", "c1", 6), ChallengeExpired)
    assert await consumed("s3") is None


async def test_what_a_challenge_owes_is_told_once(store: Store) -> None:
    await store.sent(entry="e1")
    right = code(await store.tried())
    for place, count in (("monday", 1), ("monday", 2), ("tuesday", 1)):
        await store.challenges.note_wrong("b-1", "c1", place, count)
    first = await store.challenges.consume("b-1", "c1", right, proof("s1"))
    again = await store.challenges.consume("b-1", "c1", right, proof("s1"))
    assert first
    assert again
    assert (first.failures, first.entries) == ({"monday": 3, "tuesday": 1}, {"e1": ["n"]})
    assert (again.failures, again.entries) == ({}, {})


async def test_nothing_is_noted_of_a_challenge_that_is_gone(store: Store) -> None:
    await store.challenges.note_wrong("b-1", "c1", "monday", 1)
    assert await store.client.keys("*") == []  # pyright: ignore[reportUnknownMemberType]  # redis is loosely typed


async def test_a_used_challenge_is_not_sent_again_but_followed_by_a_new_one_at_once(store: Store) -> None:
    await store.sent()
    right = code(await store.tried())
    await store.challenges.consume("b-1", "c1", right, proof("s1"))
    ticket, sending = await store.sent("c2", held="c1")
    assert (ticket.challenge_id, sending.code_id, sending.send_number) == ("c2", "c2", 1)


async def test_whoever_enters_a_code_gives_its_sends_back_and_nobody_elses(store: Store) -> None:
    await store.sent()
    await store.advance(SETTINGS.send_spacing_seconds)
    await store.sent("other")
    await store.advance(SETTINGS.send_spacing_seconds)
    await store.sent("c1", held="c1")
    right = code(await store.tried())
    await store.challenges.consume("b-1", "c1", right, proof("s1"))
    sends = await store.client.zrange(key("sends", "b-1", "k1.a:"), 0, -1)  # pyright: ignore[reportUnknownMemberType]  # redis is loosely typed
    assert sends == [b"other/1"]
