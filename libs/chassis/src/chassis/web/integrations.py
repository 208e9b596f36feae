"""ServiceHub's programs at the door: each shows its own key, and wrong ones are counted, slowed and logged.

A right key always passes, whatever else comes from its address: a brake is no switch.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from starlette.requests import Request

from chassis.clock import Clock
from chassis.observability.metrics import Counter
from chassis.observability.security_log import network_of
from chassis.refusals import Refusal, Unauthorised
from chassis.settings.integration_keys import IntegrationKey, IntegrationKeys, Permission
from chassis.web.requests import client_networks, path_id

log = structlog.get_logger(__name__)
_requests = Counter(
    __name__,
    "portal_integration_requests_total",
    "requests of ServiceHub's programs; a wrong key is not named",
    "integration",
    "key",
    "outcome",
)

WRONG_KEYS: Final = 10
"""Wrong keys from one address that are answered and logged in each `WINDOW`; more are told to wait."""
WINDOW: Final = timedelta(minutes=1)
_SOURCES_KEPT: Final = 10_000


class TooManyWrongKeys(Refusal):
    """Too many wrong keys came from one address."""

    code = "too_many_wrong_keys"


class NotPermitted(Refusal):
    """The key is right and does not open this."""

    code = "not_permitted"


class Admitted(NamedTuple):
    """The integration that may go on, and the business in the path."""

    integration: str
    business_id: str


class Integrations:
    """The keys of one process, and who showed it wrong ones lately."""

    def __init__(self, keys: IntegrationKeys, *, trusted_hops: int, clock: Clock) -> None:
        self._keys, self._trusted_hops, self._clock = keys, trusted_hops, clock
        self._wrong: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def admit(self, request: Request, permission: Permission) -> Admitted:
        """Who is calling about the business in the path, if the key opens that.

        Raises `Unauthorised`, `TooManyWrongKeys` or `NotPermitted`; `InvalidRequest` for an id that is none.
        """
        scheme, _, presented = request.headers.get("authorization", "").partition(" ")
        key = self._keys.find(presented.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise self._refuse(client_networks(request, self._trusted_hops)[-1])
        business_id = path_id(request, "business_id")
        if not key.opens(permission, business_id):
            log.warning("key.not_permitted", integration=key.integration, permission=permission)
            _count("not_permitted", key)
            raise NotPermitted
        _count("admitted", key)
        return Admitted(key.integration, business_id)

    def _refuse(self, source: str) -> Refusal:
        """What a wrong key from an address is answered; it says nothing of the key."""
        now = self._clock()
        since, wrong = self._wrong.pop(source, (now, 0))
        if now - since >= WINDOW:
            since, wrong = now, 0
        self._wrong[source] = since, wrong + 1
        if len(self._wrong) > _SOURCES_KEPT:
            self._wrong.popitem(last=False)
        if wrong < WRONG_KEYS:
            log.warning("key.wrong", source=network_of(source) or source)
            _count("wrong")
            return Unauthorised()
        if wrong == WRONG_KEYS:
            log.error("key.wrong_many", source=network_of(source) or source, in_seconds=(now - since).seconds)
        _count("slowed")
        return TooManyWrongKeys(seconds=(since + WINDOW - now).seconds + 1)


def _count(outcome: str, key: IntegrationKey | None = None) -> None:
    """Only keys that are right are named: what strangers send would make series without end."""
    integration, fingerprint = (key.integration, key.fingerprint) if key else ("", "")
    _requests.add(integration=integration, key=fingerprint, outcome=outcome)
