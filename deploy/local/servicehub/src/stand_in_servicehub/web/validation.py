"""`POST /api/validate`: is this what every reader takes? For publishers in any language, before they send."""

import msgspec
from servicehub_events import Fault, event_type, faults_of
from servicehub_events.registry import REGISTRY
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand_in_servicehub.errors import BadInput


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A record as its publisher has it: the value is `data`, and what is left out is not looked at."""

    type: str
    data: msgspec.Raw
    headers: dict[str, str] | None = None
    key: str | None = None


_BODY = msgspec.json.Decoder(Candidate | list[Candidate])  # pyright: ignore[reportArgumentType]  # a union of types
_NAMES = {kind.cls.__name__: event_type(kind.cls) for kind in REGISTRY.kinds()}


async def validate(request: Request) -> Response:
    """Every fault of every record, in their order: `{"valid", "records": [{"valid", "faults": [‥]}]}`."""
    try:
        body: Candidate | list[Candidate] = _BODY.decode(await request.body())
    except msgspec.DecodeError as error:
        raise BadInput(f"Send {{type, data}}, or a list of them, as JSON ({error}).") from None
    candidates = body if isinstance(body, list) else [body]
    records = [_verdict(_faults(candidate)) for candidate in candidates]
    verdict = {"valid": all(record["valid"] for record in records), "records": records}
    return Response(msgspec.json.encode(verdict), media_type="application/json")


def _faults(candidate: Candidate) -> tuple[Fault, ...]:
    name = _NAMES.get(candidate.type, candidate.type)
    return faults_of(name, bytes(candidate.data), candidate.headers, candidate.key)


def _verdict(faults: tuple[Fault, ...]) -> dict[str, object]:
    return {"valid": not faults, "faults": [fault._asdict() for fault in faults]}


ROUTE = Route("/api/validate", validate, methods=["POST"])
