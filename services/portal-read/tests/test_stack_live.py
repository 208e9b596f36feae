"""Live updates: told by notice, checked before each word, ended by a revocation."""

import asyncio
from contextlib import aclosing

import pytest
from chassis.observability import telemetry
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from portal_read.http.live import HEARTBEAT_SECONDS, events, until_beat
from portal_read.live_updates import Wake
from portal_read.projection import change_notices
from portal_world import BUSINESS, CUSTOMER, ROOT, World
from servicehub_events import AppointmentEnRoute, BrandingRevised, SessionRevoked, as_event
from servicehub_events_tools.testing import samples

_LONG = 10.0


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def test_a_stream_tells_a_change_and_says_nothing_else() -> None:
    woken = Wake()
    async with aclosing(events(woken, yes, heartbeat=_LONG)) as stream:
        assert (await anext(stream)).startswith(b"retry:")
        woken.set()
        assert await anext(stream) == b"event: changed\ndata: -\n\n"
        assert not woken.is_set()


async def test_a_stream_without_news_only_beats() -> None:
    async with aclosing(events(Wake(), yes, heartbeat=0)) as stream:
        await anext(stream)
        assert await anext(stream) == b"event: beat\ndata: -\n\n"


def test_streams_that_were_woken_together_beat_apart_and_none_later_than_a_page_expects() -> None:
    pauses = [until_beat(HEARTBEAT_SECONDS) for _ in range(1000)]
    assert max(pauses) <= HEARTBEAT_SECONDS
    first, last = min(pauses), max(pauses)
    in_one_second = max(sum(at <= pause < at + 1 for pause in pauses) for at in (first, 12.5, 13.5, last - 1))
    assert in_one_second < 400  # a thousand in one second would be in step


async def test_a_change_is_told_before_rights_are_known_and_their_end_right_after_it() -> None:
    woken, judged = Wake(), asyncio.Event()

    async def judged_slowly() -> bool:
        await judged.wait()
        return False

    async with aclosing(events(woken, judged_slowly, heartbeat=_LONG)) as stream:
        await anext(stream)
        woken.set()
        assert await anext(stream) == b"event: changed\ndata: -\n\n"
        judged.set()
        assert await anext(stream) == b"event: signed-out\ndata: -\n\n"


async def test_a_stream_without_rights_says_so_and_ends() -> None:
    parts = [part async for part in events(Wake(), no, heartbeat=0)]
    assert parts[1:] == [b"event: signed-out\ndata: -\n\n"]


def test_names_that_do_not_fit_become_businesses_then_everybody() -> None:
    few = {change_notices.name_of("b-1", f"cu-{n}") for n in range(10)}
    assert sorted(change_notices.names_in(change_notices.payload_of(few))) == sorted(few)
    many = {change_notices.name_of("b-1", f"cu-{n}") for n in range(2000)}
    assert list(change_notices.names_in(change_notices.payload_of(many))) == ["b-1/*"]
    all_over = {change_notices.name_of(f"b-{n}", "cu") for n in range(2000)}
    assert list(change_notices.names_in(change_notices.payload_of(all_over))) == ["*"]
    assert list(change_notices.names_in("{")) == ["*"]


@pytest.mark.stack
async def test_a_change_reaches_those_whose_pages_it_touches(full: World) -> None:
    updates = full.web.live_updates
    with updates.subscribed(BUSINESS, CUSTOMER) as mine, updates.subscribed(BUSINESS, "cu-2") as other:
        listening = asyncio.create_task(updates.run())
        await asyncio.wait_for(mine.wait(), _LONG)  # a new connection makes everybody read again
        mine.clear()
        other.clear()
        await full.apply(as_event(AppointmentEnRoute, samples.appointment(), status="en_route"))
        await asyncio.wait_for(mine.wait(), _LONG)
        assert not other.is_set()
        await full.apply(as_event(BrandingRevised, samples.business(), name="New Name"))
        await asyncio.wait_for(other.wait(), _LONG)
        listening.cancel()


@pytest.mark.stack
async def test_of_a_thousand_streams_that_wake_few_look_at_their_rights_at_once(full: World) -> None:
    looking, most = 0, 0

    async def look() -> bool:
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        await asyncio.sleep(0)
        looking -= 1
        return True

    looks = [full.web.live_updates.in_turn(look)() for _ in range(1000)]
    assert all(await asyncio.gather(*looks))
    assert most <= 2


@pytest.mark.stack
async def test_a_change_without_a_notice_is_found_when_freshness_is_read(full: World) -> None:
    freshness, updates = full.web.freshness, full.web.live_updates
    with updates.subscribed(BUSINESS, CUSTOMER) as mine:
        await full.run("UPDATE positions SET next_offset = next_offset + 1")
        await freshness.read()
        assert not mine.is_set()  # the notice may still be on its way
        await freshness.read()
        assert mine.is_set()


@pytest.mark.stack
async def test_a_revocation_ends_the_stream(full: World) -> None:
    revoked = as_event(
        SessionRevoked, samples.session(), revoked_at=samples.session().issued_at, reason="signed_out"
    )
    await full.apply(revoked)
    assert (await full.get(f"{ROOT}/live")).status_code == 204


@pytest.mark.stack
async def test_nobody_gets_no_stream(full: World) -> None:
    assert (await full.get(f"{ROOT}/live", "")).status_code == 204


@pytest.mark.stack
async def test_an_events_trace_leads_to_the_page_that_fetches_itself_again(full: World) -> None:
    """From the batch over its notice to the stream, whose reader shows the trace with its next request."""
    exporter, updates = InMemorySpanExporter(), full.web.live_updates
    with (
        telemetry.recording(SimpleSpanProcessor(exporter), "test"),
        updates.subscribed(BUSINESS, CUSTOMER) as mine,
    ):
        listening = asyncio.create_task(updates.run())
        await asyncio.wait_for(mine.wait(), _LONG)
        mine.clear()
        with telemetry.span("consume"):
            at = telemetry.traceparent()
            await full.apply(as_event(AppointmentEnRoute, samples.appointment(), status="en_route"))
        async with aclosing(events(mine, yes, heartbeat=_LONG)) as stream:
            await anext(stream)
            told = (await anext(stream)).decode()
        listening.cancel()
        trace = told.removeprefix("event: changed\ndata: ").strip()
        await full.get(ROOT, headers={"traceparent": trace})
    assert at
    told_of = [span for span in exporter.get_finished_spans() if _is_of(span, at)]
    names = {span.name for span in told_of}
    assert {"consume", "wake open pages", "GET /portal/{slug}", "postgresql read"} <= names


def _is_of(span: ReadableSpan, traceparent: str) -> bool:
    return span.context is not None and format(span.context.trace_id, "032x") == traceparent.split("-")[1]


def test_a_notice_carries_a_trace_and_an_older_build_finds_nobody_of_that_name() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    for names in ({"b-1/cu-1"}, {f"b-1/cu-{n:058}" for n in range(200)}):
        told = change_notices.names_in(change_notices.payload_of(names, trace))
        assert change_notices.trace_in(told) == trace
        assert len(change_notices.payload_of(names, trace)) < 8000
    assert change_notices.trace_in(["b-1/cu-1"]) is None
