"""The servers behind the other URLs of the environment: does something answer there?"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chassis.commands.doctor.finding import Finding, ok, wrong

_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443, "smtp": 587, "smtps": 465}
NAMES = ("SMTP_URL", "AUTH_OTP_URL", "BILLING_URL", "NOTIFIER_URL", "TWILIO_BASE_URL", "STRIPE_API_BASE")
"""Beside PostgreSQL, Kafka and REDIS_URL."""


async def look(environ: Mapping[str, str]) -> AsyncIterator[Finding]:
    """One finding for each URL there is."""
    if url := environ.get("REDIS_URL"):
        yield await _redis(url)
    for name in NAMES:
        if url := environ.get(name):
            yield await _answers(name, url)


async def _redis(url: str) -> Finding:
    try:
        client = Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)  # pyright: ignore[reportUnknownMemberType]  # its keywords are untyped
        async with client, asyncio.timeout(_SECONDS):
            await client.execute_command("PING")  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, OSError, ValueError) as error:
        hint = "is Valkey up, and is the password of REDIS_URL right? Nobody can sign in without it"
        return wrong("REDIS_URL", str(error) or type(error).__name__, hint)
    return ok("REDIS_URL", "answers")


async def _answers(name: str, url: str) -> Finding:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        return wrong(name, str(error), f"correct {name}")
    if not host or not port:
        return wrong(name, "is not a URL with a host", f"correct {name}")
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except OSError as error:  # TimeoutError is one
        says = f"{host}:{port} does not answer: {error.strerror or type(error).__name__}"
        return wrong(name, says, f"is it up, is {name} right, and does a network policy let us through?")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return ok(name, f"{host}:{port} answers")
