"""One origin in front of five services: the real Caddy, upstreams of our own."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from local_stack.ports import free_ports
from local_stack.process.child import Child
from local_stack.process.console import Console
from local_stack.servers.gateway import ROUTES, configuration, gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")
SERVICES = ("portal-read", "auth-otp", "billing", "branding", "notifier")

_TOLD = ("host:", "x-forwarded-for:")


class Origin:
    """The gateway and its upstreams, which answer with their name, the path and what the gateway added."""

    def __init__(self) -> None:
        self.silence = asyncio.Event()
        self.servers: list[asyncio.Server] = []
        self.base = ""

    async def upstream(self, name: str) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            lines = [line for line in head.splitlines() if line.lower().startswith(_TOLD)]
            if path.endswith("/live"):
                await self._stream(writer)
            else:
                answer(writer, f"{name} {path} {';'.join(lines)}")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: one\n\n"
        )
        await self.silence.wait()


def answer(writer: asyncio.StreamWriter, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def origin(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Origin]:
    made, folder = Origin(), tmp_path_factory.mktemp("gateway")
    upstreams = {service: await made.upstream(service) for service in SERVICES}
    home = await made.upstream("home")
    upstreams["billing"] = int(free_ports()["BILLING_PORT"])  # nobody listens there
    port = int(free_ports()["GATEWAY_PORT"])
    made.base = f"http://localhost:{port}"
    daemon = gateway(folder, port, upstreams, home)
    log = Console(folder / "logs").log_for("gateway", echo=False)
    child = Child(daemon.command, log)
    async with asyncio.timeout(10):
        while not await daemon.ready():  # noqa: ASYNC110 - another process can't set an event
            await asyncio.sleep(0)
    yield made
    made.silence.set()
    await child.stop(5)
    log.close()
    for server in made.servers:
        server.close()


async def get(origin: Origin, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=origin.base, trust_env=False) as client:
        return await client.get(
            path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )


async def test_each_prefix_reaches_its_service_with_its_path(origin: Origin) -> None:
    for route in ROUTES:
        if route.service != "billing":
            for path in (route.prefix, f"{route.prefix}/sub/page?x=1"):
                assert (await get(origin, path)).text.startswith(f"{route.service} {path} ")


async def test_a_longer_word_is_not_the_prefix(origin: Origin) -> None:
    assert (await get(origin, "/authority")).status_code == 404
    assert (await get(origin, "/portals/x")).status_code == 404


async def test_the_root_is_the_start_page(origin: Origin) -> None:
    assert (await get(origin, "/")).text.startswith("home /start-page ")


async def test_any_other_host_is_asked_of_the_pages_with_its_name(origin: Origin) -> None:
    for path, service in (("/", "portal-read"), ("/portal/x", "portal-read"), ("/auth/x", "auth-otp")):
        answered = (await get(origin, path, Host="portal.shiny.localhost")).text
        assert answered.startswith(f"{service} {path} ")
        assert "Host: portal.shiny.localhost" in answered


async def test_a_forwarded_address_of_the_client_s_own_is_replaced(origin: Origin) -> None:
    forged = await get(origin, "/auth/x", X_Forwarded_For="203.0.113.9")
    assert "203.0.113.9" not in forged.text
    assert forged.text.lower().count("x-forwarded-for: ") == 1


async def test_a_service_that_is_down_is_said_to_be_down(origin: Origin) -> None:
    down = await get(origin, "/billing/x")
    assert down.status_code == 502
    assert "does not answer" in down.text


async def test_server_sent_events_flow_at_once(origin: Origin) -> None:
    encodings = {"Accept-Encoding": "gzip, zstd"}
    async with (
        asyncio.timeout(5),
        httpx.AsyncClient(base_url=origin.base, trust_env=False) as client,
        client.stream("GET", "/portal/x/live", headers=encodings) as live,
    ):
        assert await anext(live.aiter_text()) == "data: one\n\n"
        assert "content-encoding" not in live.headers


async def test_every_route_is_in_the_configuration() -> None:
    text = configuration(8080, {service: 8100 + number for number, service in enumerate(SERVICES)}, 8025)
    for route in ROUTES:
        assert f"path {route.prefix} {route.prefix}/*\n" in text
