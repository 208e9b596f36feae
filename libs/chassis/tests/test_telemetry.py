"""Traces: what is measured of a request, by whom, and what is not told."""

import json
import subprocess
import sys
from typing import cast

_ASKS = """
import asyncio, base64, json, secrets
import httpx
from chassis.observability import telemetry
from chassis.settings.base import ServiceSettings, load
from chassis.web.app import create_app
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest
from starlette.responses import Response

telemetry.configure("test", "")
spans = InMemorySpanExporter()
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(spans))
app = create_app("test", load(ServiceSettings, {
    "PORTAL_PROFILE": "local", "DATABASE_URL": "postgresql://x/y", "KAFKA_BOOTSTRAP": "x:1",
    "PUBLIC_ORIGIN": "http://localhost:8080",
    "DEAD_LETTER_KEYS": "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}), checks={})

@app.get("/portal/{slug}/invoices/{id}")
async def page() -> Response:
    return Response("page")

async def ask():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
        assert (await client.get("/portal/sparkle/invoices/in-1?code=424242")).text == "page"

asyncio.run(ask())
told = [[span.name, {key: str(value) for key, value in span.attributes.items()}]
        for span in spans.get_finished_spans()]
print(json.dumps({"spans": told, "metrics": generate_latest().decode()}))
"""


def test_a_request_is_one_span_which_names_no_id_and_no_address() -> None:
    ran = subprocess.run([sys.executable, "-c", _ASKS], capture_output=True, text=True, check=True)
    told = cast(dict[str, object], json.loads(ran.stdout))
    assert told["spans"] == [["GET portal", {}]]
    assert "http_server" not in str(told["metrics"])


_MEASURES = """
import json
from chassis.observability import telemetry
from prometheus_client import generate_latest

telemetry.configure("test", "")
gauge, values = telemetry.LiveGauge("portal_test"), {"a": 3, "b": None}
pages = []
def scrape():
    lines = generate_latest().decode().splitlines()
    pages.append([line for line in lines if line.startswith("portal_test{")])
with gauge.reading(lambda: values["a"], consumer="a"), gauge.reading(lambda: values["b"], consumer="b"):
    scrape()
    values.update(b=7)
    with gauge.reading(lambda: 1, consumer="short-lived"):
        scrape()
    scrape()
scrape()
print(json.dumps(pages))
"""


def test_a_gauge_shows_what_lives_and_nothing_of_what_has_ended() -> None:
    ran = subprocess.run([sys.executable, "-c", _MEASURES], capture_output=True, text=True, check=True)
    pages = cast(list[list[str]], json.loads(ran.stdout))
    shown = [
        {line.partition('consumer="')[2].partition('"')[0]: line[-3:] for line in page} for page in pages
    ]
    assert shown == [
        {"a": "3.0"},
        {"a": "3.0", "b": "7.0", "short-lived": "1.0"},
        {"a": "3.0", "b": "7.0"},
        {},
    ]
