"""What becomes of requests, and that somebody can sign in: told once, to the right one, while it is true."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from email.message import EmailMessage

import msgspec
import pytest
from code_samples import NOW, business_event
from notification_samples import appointment, contact, customer, envelopes
from notification_world import NotificationWorld
from portal_testing.stack import Servers
from servicehub_events import (
    AppointmentRescheduled,
    CustomerErased,
    CustomerRevised,
    Event,
    PortalDisabled,
    RequestAnswer,
    RequestErased,
    RequestMade,
    RequestWithdrawn,
    as_event,
)
from servicehub_events_tools.testing import samples

pytestmark = pytest.mark.stack
ANN, BEN = contact("ann"), contact("ben")
IDS = {"business_id": samples.BUSINESS, "request_id": "rq-1", "customer_id": "cu-1"}
VISIT = appointment()
RECEIVED = "We have your request to move Wed, Nov 25"


def made(**changes: object) -> RequestMade:
    """Ann asks to move the visit of the samples."""
    given: dict[str, object] = {
        "kind": "move",
        "status": "open",
        "sent_at": NOW,
        "locale": "en",
        "contact_id": "co-ann",
        "appointment_id": VISIT.appointment_id,
        "window_start": VISIT.window.start,
        "window_end": VISIT.window.end,
    }
    return RequestMade(**{**IDS, **given, **changes})  # pyright: ignore[reportArgumentType] # a test's fields


def answered(outcome: str, message: str | None = None, at: timedelta = timedelta()) -> CustomerRevised:
    answer = RequestAnswer(request_id="rq-1", outcome=outcome, message=message, at=NOW + at)
    return customer(ANN, BEN, answers=(answer,))


@pytest.fixture
async def world(servers: Servers) -> AsyncGenerator[NotificationWorld]:
    async with NotificationWorld.fresh(servers) as world:
        await world.apply(*envelopes(business_event()), *envelopes(customer(ANN, BEN)))
        (visit,) = envelopes(VISIT)
        await world.read(msgspec.structs.replace(visit, quiet=True))
        yield world


async def told(world: NotificationWorld, later: float = 61) -> list[tuple[str, str]]:
    return subjects(await world.deliver_notifications(later))


def subjects(mails: list[tuple[str, EmailMessage]]) -> list[tuple[str, str]]:
    return [(to, plain(mail)) for to, mail in mails]


def plain(mail: EmailMessage) -> str:
    """The subject with spaces that may break."""
    return str(mail["Subject"]).replace("\xa0", " ")


async def answer(world: NotificationWorld, event: Event, version: int = 2) -> None:
    """ServiceHub answers with a customer, as news."""
    await world.apply(*envelopes(event, version=version), news=True)


async def test_who_asks_and_nobody_else_is_told_that_it_came(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()), *envelopes(made()))
    assert await told(world, 30) == []
    assert await told(world, 31) == [("ann@example.com", RECEIVED)]
    assert await told(world) == []


async def test_asked_and_withdrawn_within_a_minute_is_told_to_nobody(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()))
    await world.read(*envelopes(as_event(RequestWithdrawn, made(), status="withdrawn"), version=2))
    assert await told(world) == []


async def test_a_withdrawal_is_told_with_what_stays(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()))
    await told(world)
    await world.read(*envelopes(as_event(RequestWithdrawn, made(), status="withdrawn"), version=2))
    assert await told(world) == [("ann@example.com", "Request withdrawn: Wed, Nov 25 stays")]


async def test_what_is_answered_meanwhile_is_told_by_its_answer_alone(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()))
    await answer(world, answered("declined", "We are full."))
    assert await told(world) == [("ann@example.com", "Not moved: your visit stays Wed, Nov 25")]


async def test_a_visit_that_moved_as_asked_is_told_once(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()))
    window = msgspec.structs.replace(
        VISIT.window,
        start=VISIT.window.start + timedelta(days=1),
        end=VISIT.window.end + timedelta(days=1),
    )
    done = RequestAnswer(request_id="rq-1", outcome="done", at=NOW)
    moved = appointment(AppointmentRescheduled, window=window, answers=(done,))
    await world.read(*envelopes(moved, version=2))
    mails = await told(world)
    assert [to for to, _ in mails] == ["ann@example.com", "ben@example.com"]
    assert {subject.partition(":")[0] for _, subject in mails} == {"Moved"}


async def test_an_answer_carries_the_words_of_the_staff_which_lie_encrypted(world: NotificationWorld) -> None:
    await world.read(
        *envelopes(made(kind="message", appointment_id=None, window_start=None, window_end=None))
    )
    await told(world)
    await answer(world, answered("replied", "The key is in the box."))
    ((state, words),) = await world.rows(
        "SELECT state::text, words FROM notification_sources WHERE aggregate = 'answer'"
    )
    assert b"key" not in bytes(words)  # pyright: ignore[reportArgumentType] # bytes of PostgreSQL
    assert "key" not in str(state)
    ((to, mail),) = await world.deliver_notifications()
    assert (to, plain(mail)) == ("ann@example.com", "Answer to your message of November 22")
    assert "The key is in the box." in mail.as_string()


async def test_an_answer_is_told_once_however_often_it_is_repeated(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()))
    await told(world)
    await answer(world, answered("declined"))
    assert len(await told(world)) == 1
    await answer(world, answered("declined"), version=3)
    assert await told(world) == []


async def test_an_old_answer_that_an_event_repeats_is_no_news(world: NotificationWorld) -> None:
    await world.read(*envelopes(made()))
    await told(world)
    await answer(world, answered("declined", at=-timedelta(hours=2)))
    assert await told(world) == []


@pytest.mark.parametrize("erasure", ["request", "customer"])
async def test_requests_and_answers_go_with_the_erased(world: NotificationWorld, erasure: str) -> None:
    await world.read(*envelopes(made()))
    await answer(world, answered("declined", "We are full."))
    if erasure == "request":
        await world.read(*envelopes(RequestErased(**IDS), version=2))
    else:
        ids = {"business_id": samples.BUSINESS, "customer_id": "cu-1"}
        await world.apply(*envelopes(CustomerErased(**ids), version=3))
    assert await world.rows("SELECT 1 FROM notification_sources WHERE words IS NOT NULL") == []
    assert await told(world) == []


async def test_a_page_is_told_of_once_ever(world: NotificationWorld) -> None:
    new = contact("new")
    await answer(world, customer(ANN, BEN, new))
    assert await told(world, 0) == [("new@example.com", "Your visits and invoices are now online")]
    await answer(world, customer(ANN, BEN, new, portal_access=False), version=3)
    await answer(world, customer(ANN, BEN, new), version=4)
    await world.rows("UPDATE customers SET version = version - 1 RETURNING 1")  # they are read again
    await answer(world, customer(ANN, BEN, new), version=4)
    assert await told(world) == []


async def test_an_import_tells_nobody_of_their_page_nor_does_what_follows(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(contact("old"), customer_id="cu-2")))
    await answer(world, customer(contact("old", locale="ja"), customer_id="cu-2"))
    assert await told(world) == []


async def test_nobody_is_told_when_a_portal_is_switched_on(world: NotificationWorld) -> None:
    await world.apply(*envelopes(as_event(PortalDisabled, business_event(), enabled=False), version=2))
    await answer(world, customer(contact("new"), customer_id="cu-2"))
    assert await told(world) == []
    await world.apply(*envelopes(business_event(), version=3))
    await answer(world, customer(contact("new"), customer_id="cu-2"), version=3)
    assert await told(world) == []


async def test_who_first_gets_an_address_is_told_then(world: NotificationWorld) -> None:
    await world.apply(*envelopes(customer(contact("tom", email=None), customer_id="cu-2")))
    await answer(world, customer(contact("tom"), customer_id="cu-2"))
    assert [to for to, _ in await told(world)] == ["tom@example.com"]
