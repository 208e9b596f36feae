"""What a request says: where it comes from, the ids in its path, and the fields of its body."""

import asyncio
import re
from functools import cache
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request

from chassis.refusals import Refusal

F = TypeVar("F", bound=msgspec.Struct)

_ID: Final = re.compile(r"[^/\x00-\x1f\x7f]{1,64}\Z")
_FORM_FIELDS_LIMIT: Final = 120
_LENGTH_DIGITS: Final = 20
_PORT: Final = re.compile(r":[0-9]*\Z")
BODY_SECONDS: Final = 30.0
"""How long a body may take: a logo of 2 MB at half a megabit a second."""


class BodyTooLarge(Refusal):
    """The body has more bytes than the route takes."""

    code = "body_too_large"


class CutOff(Refusal):
    """The sender went away before the body ended; nobody is there to read the answer."""

    code = "cut_off"


class TooSlow(Refusal):
    """The body took too long to come."""

    code = "too_slow"


class InvalidRequest(Refusal):
    """The body is no form or JSON object of the expected fields."""

    code = "invalid_request"


def path_id(request: Request, name: str) -> str:
    """The id or slug in the path. Raises `InvalidRequest` for a text that none can be."""
    text = str(request.path_params[name])
    if not _ID.match(text):
        raise InvalidRequest(f"path.{name}: must be 1 to 64 characters, none of them a control character")
    return text


def asked_host(request: Request) -> str:
    """The host that the browser asked for, without a port. The gateway hands it on as it came."""
    return without_port(request.headers.get("host", ""))


def without_port(host: str) -> str:
    """The host of a Host header."""
    return _PORT.sub("", host).lower()


def wants_json(request: Request) -> bool:
    """Whether the caller sent JSON and so is answered in JSON; forms are answered with 303."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def read_body(request: Request, *, limit: int, seconds: float = BODY_SECONDS) -> bytes:
    """The whole body.

    Raises `BodyTooLarge` as soon as it has more than `limit` bytes, `CutOff` or `TooSlow`.
    """
    too_large = BodyTooLarge(f"Send at most {limit} bytes.")
    declared = request.headers.get("content-length", "0")
    # Python refuses to read a number of thousands of digits.
    if not declared.isdecimal() or len(declared) > _LENGTH_DIGITS or int(declared) > limit:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except ClientDisconnect:
        raise CutOff from None
    except TimeoutError:
        raise TooSlow from None
    return bytes(body)


async def read_fields(request: Request, kind: type[F], *, limit: int = 8192) -> F:
    """The fields of a form or a JSON object, as a `kind`; names are the same in both.

    A form's texts are converted to the fields' types, and a name that is repeated makes a list where the
    field is one. Raises `InvalidRequest`, or `BodyTooLarge` beyond `limit` bytes.
    """
    body = await read_body(request, limit=limit)
    try:
        if wants_json(request):
            return msgspec.json.decode(body or b"{}", type=kind)
        return msgspec.convert(_form(body, kind), kind, strict=False)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidRequest("Expected a form or a JSON object with the documented fields.") from error


def _form(body: bytes, kind: type[msgspec.Struct]) -> dict[str, object]:
    repeated = _repeated(kind)
    fields: dict[str, object] = {}
    lists: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode(), max_num_fields=_FORM_FIELDS_LIMIT):
        if name in repeated:
            lists.setdefault(name, []).append(value)
        else:
            fields[name] = value
    return {**fields, **lists}


@cache  # a look at a struct's types takes longer than to read its form
def _repeated(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(kind) if _is_list(field.type))


def _is_list(kind: object) -> bool:
    info = msgspec.inspect.type_info(kind)
    return isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType)


def client_networks(request: Request, trusted_hops: int) -> tuple[str, ...]:
    """What to count requests by, the narrowest first: the address that the outermost trusted proxy saw.

    Of IPv6 it is the /64, in its /56, in its /48. `trusted_hops` is the number of our own proxies in front. A
    missing or short header never means "no address": the peer itself is counted then.
    """
    header = ",".join(request.headers.getlist("x-forwarded-for"))  # a proxy may add a line of its own
    forwarded = [part.strip() for part in header.split(",") if part.strip()]
    peer = request.client.host if request.client else "unknown"
    text = forwarded[-trusted_hops] if 0 < trusted_hops <= len(forwarded) else peer
    try:
        address = ip_address(text)
    except ValueError:
        return (peer,)
    if not isinstance(address, IPv6Address):
        return (str(address),)
    if address.ipv4_mapped:
        return (str(address.ipv4_mapped),)
    return tuple(str(IPv6Network((address, length), strict=False)) for length in (64, 56, 48))
