"""Traces: one span a request, named by its route; what is linked, what goes on, and what is never told."""

import json
import subprocess
import sys
from collections.abc import Generator
from typing import cast

import pytest
from chassis.observability import calling, following, span, telemetry, traceparent
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

ONE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

_ASKS = """
import asyncio, base64, json, secrets, sys
import httpx
from chassis.observability import telemetry
from chassis.settings.base import ServiceSettings, load
from chassis.web import Route, add_route
from chassis.web.app import create_app
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest
from starlette.responses import Response

spans = InMemorySpanExporter()
if sys.argv[1] == "recorded":
    telemetry.record_to(SimpleSpanProcessor(spans), "test")
app = create_app("test", load(ServiceSettings, {
    "PORTAL_PROFILE": "local", "DATABASE_URL": "postgresql://x/y", "KAFKA_BOOTSTRAP": "x:1",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "DEAD_LETTER_KEYS": "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}), checks={})
traces = []

async def page(ctx, request):
    traces.append(telemetry.traceparent())
    return Response("page")

async def broken(ctx, request):
    raise ValueError("ken@example.com")

for path, handler, plain in (("/portal/{slug}/invoices/{id}", page, True), ("/auth/{slug}", page, False),
                             ("/broken", broken, False)):
    add_route(app, Route("GET", path, handler, plain=plain), None)

async def ask():
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        for path in ("/portal/sparkle/invoices/in-1?code=424242", "/auth/sparkle", "/broken",
                     "/ken@example.com", "/health/live", "/metrics"):
            await client.get(path)
        await client.request("PROPFIND", "/anything")

asyncio.run(ask())
told = [[span.name, dict(span.attributes), span.status.status_code.name, [e.name for e in span.events]]
        for span in spans.get_finished_spans()]
print(json.dumps({"spans": told, "traces": traces, "metrics": generate_latest().decode()}))
"""


def _ask(how: str) -> dict[str, object]:
    ran = subprocess.run([sys.executable, "-c", _ASKS, how], capture_output=True, text=True, check=True)
    return cast(dict[str, object], json.loads(ran.stdout.splitlines()[-1]))


def test_a_request_is_one_span_by_its_route_and_status_and_a_probe_is_none() -> None:
    told = _ask("recorded")

    def of(method: str, route: str, status: int) -> dict[str, object]:
        return {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
        }

    assert told["spans"] == [
        ["GET /portal/{slug}/invoices/{id}", of("GET", "/portal/{slug}/invoices/{id}", 200), "UNSET", []],
        ["GET /auth/{slug}", of("GET", "/auth/{slug}", 200), "UNSET", []],
        ["GET /broken", of("GET", "/broken", 500) | {"error.type": "500"}, "ERROR", []],
        ["GET none", of("GET", "none", 404), "UNSET", []],
        ["other none", of("other", "none", 404), "UNSET", []],
    ]


def test_a_request_is_measured_by_route_and_names_no_id_and_no_address() -> None:
    metrics = str(_ask("unrecorded")["metrics"])
    one = 'portal_request_seconds_count{method="GET",route="/portal/{slug}/invoices/{id}",status="200"} 1.0'
    assert one in metrics.splitlines()
    assert (
        'portal_request_seconds_count{method="other",route="none",status="404"} 1.0' in metrics.splitlines()
    )
    for told in ("in-1", "424242", "ken@", "sparkle", "/health", "PROPFIND", "http_server"):
        assert told not in metrics


def test_without_an_exporter_nothing_is_recorded_and_every_request_has_a_trace_of_its_own() -> None:
    told = _ask("unrecorded")
    traces = cast(list[str], told["traces"])
    assert told["spans"] == []
    assert len({trace.split("-")[1] for trace in traces}) == len(traces) == 2
    assert all(trace.endswith("-00") for trace in traces)


@pytest.fixture
def spans() -> Generator[InMemorySpanExporter]:
    """The spans that are recorded from now on. The process has one recorder, which is put back."""
    exporter = InMemorySpanExporter()
    with telemetry.recording(SimpleSpanProcessor(exporter), "test"):
        yield exporter


def _trace_of(recorded: ReadableSpan) -> str:
    assert recorded.context
    return format(recorded.context.trace_id, "032x")


def _linked(recorded: ReadableSpan) -> list[str]:
    return [format(link.context.trace_id, "032x") for link in recorded.links]


def test_a_span_goes_on_with_the_only_trace_it_joins_and_links_to_many(spans: InMemorySpanExporter) -> None:
    with span("one", joins=[ONE, None, ONE]):
        pass
    with span("many", joins=[ONE, OTHER]):
        pass
    one, many = spans.get_finished_spans()
    assert (_trace_of(one), _linked(one)) == (ONE.split("-")[1], [])
    assert _linked(many) == [ONE.split("-")[1], OTHER.split("-")[1]]
    assert _trace_of(many) not in _linked(many)


def test_a_batch_of_thousands_links_to_a_bounded_number(spans: InMemorySpanExporter) -> None:
    with span("batch", joins=[f"00-{number:032x}-b7ad6b7169203331-01" for number in range(1, 2000)]):
        pass
    (batch,) = spans.get_finished_spans()
    assert len(batch.links) == telemetry.MOST_LINKS


def test_an_error_is_told_by_its_class_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="ken"), span("page"):
        raise ValueError("ken@example.com")
    (page,) = spans.get_finished_spans()
    assert page.status.status_code is StatusCode.ERROR
    assert page.attributes == {"error.type": "ValueError"}
    assert not page.events
    assert "ken" not in page.to_json()


def test_a_call_is_a_span_of_a_trace_that_is_recorded_and_says_its_outcome(
    spans: InMemorySpanExporter,
) -> None:
    with calling("stripe", "create session"):  # within no trace: none
        pass
    with span("checkout"):
        with calling("stripe", "create session"):
            pass
        with calling("notifier", "hand over") as call:
            call.note_status(503)
    made, failed, checkout = spans.get_finished_spans()
    assert [made.name, failed.name] == ["stripe create session", "notifier hand over"]
    assert made.parent == failed.parent == checkout.context
    assert (failed.attributes or {})["error.type"] == "503"


def test_what_is_published_goes_on_from_its_own_span_only_where_that_is_recorded(
    spans: InMemorySpanExporter,
) -> None:
    def published(parent: str | None) -> str | None:
        with telemetry.detached_span("publish", parent=parent, kind=SpanKind.PRODUCER) as at:
            return at

    assert published(None) is None
    assert published(UNSAMPLED) == UNSAMPLED
    at = published(ONE)
    (recorded,) = spans.get_finished_spans()
    assert recorded.context
    assert at == telemetry.traceparent_of(trace.NonRecordingSpan(recorded.context))
    assert at
    assert at.split("-")[1] == ONE.split("-")[1]


def test_following_a_trace_makes_no_span(spans: InMemorySpanExporter) -> None:
    with following(ONE):
        assert traceparent() == ONE
    with following(None):
        assert traceparent() is None
    assert not spans.get_finished_spans()


def test_a_broken_traceparent_begins_a_trace_of_its_own() -> None:
    for broken in ("", "00-\xff", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "nonsense"):
        with span("request", parent=broken):
            at = traceparent()
            assert at
            assert "0" * 32 not in at


@pytest.mark.parametrize("parent", [ONE, UNSAMPLED])
def test_a_trace_goes_on_unrecorded_as_it_came(parent: str) -> None:
    with span("request", parent=parent):
        assert traceparent() == parent
