"""What auth-otp says has ended is ended here, with no queue between, and stays so until the token expires."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from chassis.identity import SessionSigner, SessionUses, SessionVerifier, cookie_name
from chassis.identity.ended_sessions import EndedSessions
from chassis.refusals import Unavailable
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring, new_signing_pair
from portal_testing.clock import FakeClock
from portal_testing.identity.fake_session_ends import FakeSessionEnds
from portal_testing.identity.samples import token
from portal_testing.stack import eventually


@dataclass
class Reader:
    """Ended sessions over a given answer, on a clock moved by hand."""

    source: FakeSessionEnds = field(default_factory=FakeSessionEnds)
    clock: FakeClock = field(default_factory=FakeClock)
    woken: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.ended = EndedSessions(
            "http://auth-otp",
            KeyRing.parse(new_ring()),
            self.clock,
            caller="billing",
            on_end=self.woken.append,
            transport=self.source,
            monotonic=self.clock.seconds,
        )


@pytest.fixture
def reader() -> Reader:
    return Reader()


async def test_a_session_that_ended_verifies_no_token(reader: Reader) -> None:
    pair = new_signing_pair()
    uses = SessionUses(KeyRing.parse(new_ring()))
    verifier = SessionVerifier(KeyRing.parse(pair.public), uses, reader.clock.seconds, ended=reader.ended)
    live = token()
    cookies = {cookie_name(live.business_id): SessionSigner(KeyRing.parse(pair.private)).sign(live)}
    assert verifier.verify(cookies, live.business_id) == live
    reader.source.end(live.session_id, reader.clock.now)
    await reader.ended.read()
    assert verifier.verify(cookies, live.business_id) is None


async def test_each_end_wakes_the_open_pages_of_its_session_once(reader: Reader) -> None:
    reader.source.end("s-1", reader.clock.now)
    reader.source.end("s-1", reader.clock.now)
    await reader.ended.read()
    assert reader.woken == ["s-1"]


async def test_ends_are_read_page_by_page_and_each_answer_says_where_the_next_begins(reader: Reader) -> None:
    reader.source.at_once = 2
    for number in range(3):
        reader.source.end(f"s-{number}", reader.clock.now)
    assert [await reader.ended.read(), await reader.ended.read()] == [True, False]
    assert reader.source.asked == ["", "2"]
    assert [f"s-{number}" in reader.ended for number in range(4)] == [True, True, True, False]


async def test_an_end_is_forgotten_when_the_token_has_long_expired(reader: Reader) -> None:
    reader.source.end("s-1", reader.clock.now, timedelta(minutes=5))
    await reader.ended.read()
    reader.clock.pass_time(minutes=60)
    await reader.ended.read()
    assert "s-1" in reader.ended
    reader.clock.pass_time(minutes=6)
    await reader.ended.read()
    assert "s-1" not in reader.ended


async def test_without_an_answer_what_is_known_stays_known_and_after_ten_seconds_it_is_not_current(
    reader: Reader,
) -> None:
    reader.source.end("s-1", reader.clock.now)
    await reader.ended.read()
    reader.source.status = 503
    with pytest.raises(httpx.HTTPStatusError):
        await reader.ended.read()
    assert "s-1" in reader.ended
    reader.clock.pass_time(seconds=10)
    reader.ended.check_current()
    reader.clock.pass_time(seconds=1)
    with pytest.raises(Unavailable):
        reader.ended.check_current()


async def test_it_is_not_current_before_everything_was_read_once(reader: Reader) -> None:
    with pytest.raises(Unavailable):
        reader.ended.check_current()
    reader.source.at_once = 1
    reader.source.end("s-1", reader.clock.now)
    reader.source.end("s-2", reader.clock.now)
    await reader.ended.read()
    with pytest.raises(Unavailable):
        reader.ended.check_current()
    await reader.ended.read()
    reader.ended.check_current()


async def test_whoever_does_not_answer_is_asked_again_until_they_do(reader: Reader) -> None:
    reader.source.status = 401
    running = asyncio.create_task(reader.ended.run())

    async def asked_again() -> bool:
        return len(reader.source.asked) > 1

    await eventually(asked_again, what="asked again", within=30)
    reader.source.end("s-1", reader.clock.now)
    reader.source.status = 200

    async def known() -> bool:
        return "s-1" in reader.ended

    await eventually(known, what="the end is known", within=30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
