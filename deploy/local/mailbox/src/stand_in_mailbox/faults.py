"""Faults on demand: the outside world misbehaves a given number of times, then behaves again.

POST   /_faults {"channel": "sms", "kind": "429", "times": 3}
GET    /_faults           what is still to come
DELETE /_faults           behave from now on
"""

from collections.abc import Collection
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Channel = Literal["sms", "smtp"]
KINDS: dict[Channel, tuple[str, ...]] = {
    "sms": ("429", "500", "timeout-after-accept", "21610", "21614", "30003", "30005", "30006"),
    "smtp": ("421", "451", "550", "554", "timeout-after-accept", "reset"),
}
SILENCE_SECONDS = 120.0
"""For so long `timeout-after-accept` says nothing."""


class _Planned(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    channel: Channel = "sms"
    times: int = 1
    to: str = ""
    """Only for messages to this address or number; empty: for all."""


class Faults:
    """What is still to go wrong, first planned first."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def plan(self, channel: Channel, kind: str, times: int = 1, to: str = "") -> None:
        """Let the next `times` messages of `channel` fail. Raises ValueError for a kind it doesn't know."""
        if kind not in KINDS[channel] or times < 1:
            kinds = ", ".join(KINDS[channel])
            raise ValueError(f"kind must be one of {kinds} for {channel}, and times at least 1")
        self._planned.append(_Planned(kind, channel, times, to))

    def take(self, channel: Channel, to: str, only: Collection[str] = ()) -> str | None:
        """Return the fault for this message, used up by one, or None; of `only` these, if some are named."""
        for fault in self._planned:
            if fault.channel == channel and fault.to in ("", to) and fault.kind in (only or KINDS[channel]):
                fault.times -= 1
                self._planned = [left for left in self._planned if left.times]
                return fault.kind
        return None

    def route(self) -> Route:
        """Return the control endpoint."""

        async def control(request: Request) -> Response:
            if request.method == "DELETE":
                self._planned.clear()
                return Response(status_code=204)
            if request.method == "POST":
                try:
                    fault = msgspec.json.decode(await request.body(), type=_Planned)
                    self.plan(fault.channel, fault.kind, fault.times, fault.to)
                except (msgspec.MsgspecError, ValueError) as error:
                    return JSONResponse({"error": str(error)}, status_code=400)
            return JSONResponse(msgspec.to_builtins(self._planned), 201 if request.method == "POST" else 200)

        return Route("/_faults", control, methods=["GET", "POST", "DELETE"])
