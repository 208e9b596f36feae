"""billing over HTTP: its internal routes, which the gateway never shows."""

import asyncio
import calendar
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import structlog
from chassis.clock import Clock
from chassis.observability import calling
from chassis.process import run_to_completion
from chassis.settings import KeyRing
from chassis.web import service_token
from servicehub_events import Payment

from portal_read.ports import (
    AutopayStanding,
    LinkedPayment,
    LinkOffer,
    ListedCard,
    OpenedLink,
    PayLinksUnavailable,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")

_TIMEOUT_SECONDS: Final = 0.5
_CARDS_TIMEOUT_SECONDS: Final = 3.0  # billing asks the payment provider meanwhile
_LINKS_TIMEOUT_SECONDS: Final = 3.0
_FRESH_SECONDS: Final = 60.0
_KEPT: Final = 10_000


class _Answer(msgspec.Struct, frozen=True):
    enabled: bool


class _Card(msgspec.Struct, frozen=True):
    id: str
    brand: str
    last4: str
    exp_year: int
    exp_month: int


class _CardsAnswer(msgspec.Struct, frozen=True):
    cards: list[_Card]


class _Offer(msgspec.Struct, frozen=True):
    number: str
    amount: int
    currency: str
    due_on: date
    deposit: bool


class _Link(msgspec.Struct, frozen=True):
    invoice_id: str
    customer_id: str
    contact_id: str
    offer: _Offer | None


class _LinkedPayment(msgspec.Struct, frozen=True):
    number: str
    opens: bool
    payment: Payment


class _Autopay(msgspec.Struct, frozen=True):
    on: bool
    brand: str = ""
    last4: str = ""
    contact_id: str = ""


class _Known(NamedTuple):
    enabled: bool
    asked_at: float


class Billing:
    """`GET /internal/businesses/{id}/charges`, asked beside the request that wants to know.

    An answer is good for a minute. When billing does not answer, what it said last stands for another one.
    `POST /internal/cards`, `/internal/autopay` and `/internal/pay-links` are waited for.
    """

    def __init__(
        self,
        base_url: str,
        keys: KeyRing,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=_TIMEOUT_SECONDS, transport=transport, trust_env=False
        )
        self._keys, self._clock, self._now = keys, clock, now
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def enabled(self, business_id: str) -> bool:
        known = self._known.get(business_id)
        due = known is None or self._now() - known.asked_at >= _FRESH_SECONDS
        if due and business_id not in self._asking:
            asking = asyncio.create_task(self._ask(business_id))
            self._asking[business_id] = asking
            asking.add_done_callback(lambda _: self._asking.pop(business_id, None))
        return known is None or known.enabled

    async def _ask(self, business_id: str) -> None:
        before = self._known.get(business_id)
        enabled = before is None or before.enabled
        try:
            path = f"/internal/businesses/{quote(business_id, safe='')}/charges"
            with calling("billing", "charges") as call:
                answer = await self._client.get(path, headers=self._headers())
                call.note_status(answer.status_code)
            enabled = msgspec.json.decode(answer.raise_for_status().content, type=_Answer).enabled
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            log.warning("charges.unknown", business_id=business_id, error=repr(error))
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[business_id] = _Known(enabled, self._now())

    async def list_cards(
        self, business_id: str, customer_id: str, contact_id: str
    ) -> Sequence[ListedCard] | None:
        body = {"business_id": business_id, "customer_id": customer_id, "contact_id": contact_id}
        try:
            answer = (await self._post("/internal/cards", body, _CARDS_TIMEOUT_SECONDS)).raise_for_status()
            return [_listed(card) for card in msgspec.json.decode(answer.content, type=_CardsAnswer).cards]
        except (httpx.HTTPError, ValueError) as error:  # or what is no card, no month
            log.warning("cards.unavailable", business_id=business_id, error=repr(error))
            return None

    async def open_link(self, business_id: str, link: str) -> OpenedLink | None:
        body = {"business_id": business_id, "link": link}
        told = await self._read("/internal/pay-links", body, _Link)
        if told is None:
            return None
        offer = LinkOffer(*msgspec.structs.astuple(told.offer)) if told.offer else None
        return OpenedLink(told.invoice_id, told.customer_id, told.contact_id, offer)

    async def find_payment(self, business_id: str, link: str, payment_id: str) -> LinkedPayment | None:
        body = {"business_id": business_id, "link": link, "payment_id": payment_id}
        told = await self._read("/internal/pay-links/payment", body, _LinkedPayment)
        return LinkedPayment(told.number, told.opens, told.payment) if told else None

    async def _read(self, path: str, body: Mapping[str, str], kind: type[T]) -> T | None:
        """The answer as a `kind`; None when there is nothing. Raises `PayLinksUnavailable`."""
        try:
            answer = await self._post(path, body, _LINKS_TIMEOUT_SECONDS)
            if answer.status_code == HTTPStatus.NOT_FOUND:
                return None
            return msgspec.json.decode(answer.raise_for_status().content, type=kind)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            log.warning("pay_links.unavailable", business_id=body["business_id"], error=type(error).__name__)
            raise PayLinksUnavailable from error

    async def find_autopay(self, business_id: str, customer_id: str) -> AutopayStanding | None:
        body = {"business_id": business_id, "customer_id": customer_id}
        try:
            answer = (await self._post("/internal/autopay", body, _TIMEOUT_SECONDS)).raise_for_status()
            said = msgspec.json.decode(answer.content, type=_Autopay)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            log.warning("autopay.unavailable", business_id=business_id, error=repr(error))
            return None
        return AutopayStanding(said.on, said.brand, said.last4, said.contact_id)

    async def _post(self, path: str, body: Mapping[str, str], timeout: float) -> httpx.Response:
        with calling("billing", path) as call:
            posting = self._client.post(path, json=body, headers=self._headers(), timeout=timeout)
            answer = await run_to_completion(posting)
            call.note_status(answer.status_code)
        return answer

    def _headers(self) -> dict[str, str]:
        return service_token.headers(self._keys, caller="portal-read", audience="billing", now=self._clock())

    async def settled(self) -> None:
        """Wait for the questions that are under way."""
        await asyncio.gather(*self._asking.values())

    async def close(self) -> None:
        for asking in self._asking.values():
            asking.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        await self._client.aclose()


def _listed(card: _Card) -> ListedCard:
    """A card pays until the last day of its month."""
    _, last = calendar.monthrange(card.exp_year, card.exp_month)
    return ListedCard(card.id, card.brand, card.last4, date(card.exp_year, card.exp_month, last))
