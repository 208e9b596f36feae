"""Health checks: is a part ready to be used? Plain sockets, as ten of them poll while the services import."""

import asyncio

from local_stack.process.parts import Probe

PATIENCE_SECONDS = 5


def tcp(port: int) -> Probe:
    """Ready when something on 127.0.0.1 takes connections at `port`."""

    async def ready() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return ready


def http(port: int, path: str) -> Probe:
    """Ready when `GET path` answers 2xx."""

    async def ready() -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _answers_2xx(port, path)
        except (OSError, TimeoutError):
            return False

    return ready


async def _answers_2xx(port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode())
        status_line = await reader.readline()
    finally:
        writer.close()
    return status_line.split(b" ")[1:2] != [] and status_line.split(b" ")[1].startswith(b"2")
