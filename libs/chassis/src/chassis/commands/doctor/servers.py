"""The other servers that this process asks: does something answer there, in the way it has to?"""

import asyncio
import contextlib
import smtplib
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import cast
from urllib.parse import unquote, urlsplit

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from chassis.commands.doctor.databases import DoctorContext
from chassis.commands.doctor.finding import Finding, ok, unknown, wrong
from chassis.commands.installed import find_definition

_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443, "smtp": 587, "smtps": 465}
_NAMES = (
    "REDIS_URL",
    "SMTP_URL",
    "AUTH_OTP_URL",
    "BILLING_URL",
    "NOTIFIER_URL",
    "STRIPE_API_BASE",
    "TWILIO_BASE_URL",
)
"""Where no service is known that says which it asks."""


async def look(environ: Mapping[str, str], seen: DoctorContext) -> AsyncIterator[Finding]:
    """One finding for each server that this process asks; what only others ask is not tried from here."""
    definition = find_definition(seen.package or "")
    if definition is None or seen.process is None:
        for name in _NAMES:
            if url := environ.get(name):
                yield await _asked(name, url, environ)
        return
    defaults = dict(_defaults(definition.settings))
    for setting, processes in definition.asks.items():
        name = setting.upper()
        if seen.process not in processes:
            yield unknown(name, f"asked by the {' and '.join(sorted(processes))} alone: look there")
        elif url := environ.get(name) or defaults.get(setting, ""):
            yield await _asked(name, url, environ)


def _defaults(settings: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    for spec in msgspec.structs.fields(settings):
        if isinstance(spec.default, str):
            yield spec.name, spec.default


async def _asked(name: str, url: str, environ: Mapping[str, str]) -> Finding:
    if name == "REDIS_URL":
        return await _redis(url)
    answer = await _answers(name, url)
    if answer.state == "ok" and name == "SMTP_URL":
        return await asyncio.to_thread(_takes_mail, url, environ.get("PORTAL_PROFILE") == "local")
    return answer


async def _redis(url: str) -> Finding:
    try:
        client = Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)  # pyright: ignore[reportUnknownMemberType]  # its keywords are untyped
        async with client, asyncio.timeout(_SECONDS):
            await client.execute_command("PING")  # pyright: ignore[reportUnknownMemberType]
            policy = await _policy(client)
    except (RedisError, OSError, ValueError) as error:
        hint = "is Valkey up, and is the password of REDIS_URL right? Nobody can sign in without it"
        return wrong("REDIS_URL", str(error) or type(error).__name__, hint)
    if policy not in (None, "noeviction"):
        return wrong("REDIS_URL", "may forget counters under pressure", "set maxmemory-policy noeviction")
    return ok("REDIS_URL", "answers")


async def _policy(client: Redis) -> str | None:
    """What it does when memory runs out; None where we may not ask."""
    try:
        memory = cast("Mapping[str, object]", await client.info("memory"))  # pyright: ignore[reportUnknownMemberType]  # untyped, as above
    except ResponseError:
        return None
    return str(memory.get("maxmemory_policy", "noeviction"))


async def _answers(name: str, url: str) -> Finding:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        return wrong(name, str(error), f"correct {name}")
    if not host or not port:
        return wrong(name, "is not a URL with a host", f"correct {name}")
    secured = ssl.create_default_context() if parts.scheme in ("https", "smtps") else None
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(host, port, ssl=secured)
    except ssl.SSLError as error:
        says = f"{host}:{port} is not who it should be: {error.reason or error}"
        return wrong(name, says, "does something between break TLS open, or is its certificate out of date?")
    except OSError as error:  # TimeoutError is one
        says = f"{host}:{port} does not answer: {error.strerror or type(error).__name__}"
        return wrong(name, says, f"is it up, is {name} right, and does a network policy let us through?")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return ok(name, f"{host}:{port} answers")


def _takes_mail(url: str, plain_is_fine: bool) -> Finding:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    context = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=_SECONDS)
        ) as server:
            server.ehlo()
            if parts.scheme == "smtp" and not (plain_is_fine and not server.has_extn("starttls")):
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
    except smtplib.SMTPAuthenticationError as error:
        return wrong(
            "SMTP_URL",
            f"the server refuses the login: {error.smtp_code}",
            "correct user and password of SMTP_URL",
        )
    except (smtplib.SMTPException, OSError) as error:
        return wrong(
            "SMTP_URL",
            f"{host}:{port}: {error}",
            "does it speak SMTP there, with STARTTLS and a good certificate?",
        )
    return ok("SMTP_URL", f"{host}:{port} takes mail from us")
