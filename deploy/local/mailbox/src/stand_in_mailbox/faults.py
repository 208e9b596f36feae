"""Faults on demand: the outside world misbehaves a given number of times, then behaves again.

POST   /_faults {"channel": "sms", "kind": "429", "times": 3}
GET    /_faults           what is still to come
DELETE /_faults           behave from now on
"""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Channel = Literal["sms", "smtp"]
SmsFault = Literal["429", "500", "timeout-after-accept", "undelivered", "no-report"]
SmtpFault = Literal["421", "451", "550", "timeout-after-accept", "reset"]


class _Wanted(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    channel: Channel = "sms"
    times: int = 1
    to: str = ""
    """Only for messages to this address or number; empty: for all."""


@dataclass
class _Planned:
    channel: Channel
    kind: str
    times: int
    to: str


class Faults:
    """What is still to go wrong, first planned first."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def plan(self, channel: Channel, kind: str, times: int = 1, to: str = "") -> None:
        """Let the next `times` messages of `channel` fail. Raises ValueError for a kind it doesn't know."""
        known = get_args(SmsFault if channel == "sms" else SmtpFault)
        if kind not in known or times < 1:
            raise ValueError(f"kind must be one of {', '.join(known)} for {channel}, and times at least 1")
        self._planned.append(_Planned(channel, kind, times, to))

    def take(self, channel: Channel, to: str) -> str | None:
        """Return the fault for this message, used up by one, or None."""
        for fault in self._planned:
            if fault.channel == channel and fault.times > 0 and fault.to in ("", to):
                fault.times -= 1
                self._planned = [left for left in self._planned if left.times > 0]
                return fault.kind
        return None

    def clear(self) -> None:
        """Plan no more faults."""
        self._planned.clear()

    def listed(self) -> list[dict[str, object]]:
        """Return what is still to come, as JSON."""
        return [asdict(fault) for fault in self._planned]


def fault_routes(faults: Faults) -> list[Route]:
    """Return the control endpoints."""

    async def plan(request: Request) -> Response:
        try:
            wanted = msgspec.json.decode(await request.body(), type=_Wanted)
            faults.plan(wanted.channel, wanted.kind, wanted.times, wanted.to)
        except (msgspec.MsgspecError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(faults.listed(), status_code=201)

    async def listed(_request: Request) -> Response:
        return JSONResponse(faults.listed())

    async def clear(_request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    return [
        Route("/_faults", plan, methods=["POST"]),
        Route("/_faults", listed, methods=["GET"]),
        Route("/_faults", clear, methods=["DELETE"]),
    ]
