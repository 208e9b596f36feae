"""What is asked over HTTP: names at branding, codes and sign-ins by residents, codes by strangers.

Each answer, and each answer that never came, goes into the ledger.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import NoCode, Visitor

from tests.chaos.actors.aggregates import BUSINESSES, SLUGS, email_of, resident
from tests.chaos.judges.ledger import Ledger, RequestedCode

PATIENCE_SECONDS = 90.0
_LOST = (httpx.TransportError,)
_READ_ONLY = (
    *("business_id", "former_slugs", "enabled", "generation"),
    *("theme_url", "logo", "icons", "mail_logo_url", "og_image_url"),
)


class VisitorRequest(NamedTuple):
    """Something asked over HTTP: of which service, and how."""

    service: str
    ask: Callable[[], Coroutine[object, object, None]]


@dataclass
class Visitors:
    """The settings page of ServiceHub, and people at the door; every resident comes once."""

    addresses: Addresses
    ledger: Ledger
    branding_key: str
    residents: int
    _asked: int = 0
    _sources: int = 0
    _pages: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    def name(self) -> VisitorRequest:
        """A business gets its next name; asked again until it is answered."""
        number = self.ledger.sent["name"] = self.ledger.sent["name"] + 1
        return VisitorRequest("branding", partial(self._rename, BUSINESSES[number % 2], f"Name {number}"))

    def code(self) -> VisitorRequest:
        """The next resident asks for a code, once."""
        business_id, customer_id = self._next_resident()
        address = email_of(business_id, customer_id)
        return VisitorRequest("auth-otp", partial(self._ask_for_code, business_id, address, known=True))

    def stranger(self) -> VisitorRequest:
        """Somebody whom no business knows asks for a code, once."""
        self._asked += 1
        address = f"stranger-{self._asked}@nobody.example"
        ask = partial(self._ask_for_code, BUSINESSES[self._asked % 2], address, known=False)
        return VisitorRequest("", ask)

    def sign_in(self) -> VisitorRequest:
        """The next resident asks for a code, reads it in the mail and types it."""
        return VisitorRequest("", partial(self._sign_in, *self._next_resident()))

    def _next_resident(self) -> tuple[str, str]:
        self._asked += 1
        assert self._asked // 2 < self.residents, "more residents are needed"
        return BUSINESSES[self._asked % 2], resident(self._asked // 2)

    async def _rename(self, business_id: str, name: str) -> None:
        async with self._pages.setdefault(business_id, asyncio.Lock()):
            await eventually(
                lambda: self._put(business_id, name), what=f"{name} is accepted", within=PATIENCE_SECONDS
            )
            self.ledger.names.setdefault(business_id, []).append(name)

    async def _put(self, business_id: str, name: str) -> bool:
        url = f"{self.addresses.url_of('branding')}/branding/businesses/{business_id}"
        try:
            async with _client({"Authorization": f"Bearer {self.branding_key}"}) as http:
                state = msgspec.json.decode((await http.get(url)).content, type=dict[str, object])
                answer = await http.put(url, json=_settings_of(state) | {"name": name})
        except _LOST:
            self.ledger.unanswered["name"] += 1
            return False
        if answer.status_code >= 500:
            return False
        assert answer.status_code == 200, answer.text
        return True

    async def _ask_for_code(self, business_id: str, address: str, *, known: bool) -> None:
        """A lost answer stays a question without an answer, as for a person who gives up."""
        self.ledger.sent["code"] += 1
        url = f"{self.addresses.portal_url_of('auth-otp')}/auth/{SLUGS[business_id]}/codes"
        try:
            async with self._browser() as http:
                answer = await http.post(url, json={"address": address})
            accepted = answer.status_code == 200
            assert accepted or answer.status_code >= 500, answer.text
        except _LOST:
            self.ledger.unanswered["code"] += 1
            accepted = False
        self.ledger.codes.append(RequestedCode(address, known, accepted))

    async def _sign_in(self, business_id: str, customer_id: str) -> None:
        """Whoever is interrupted gives up."""
        self.ledger.sent["sign-in"] += 1
        self.ledger.sign_ins[business_id, customer_id] += 1
        async with self._browser() as http:
            visitor = Visitor(
                self.addresses.portal_url_of("auth-otp"), self.addresses.mailbox_url, SLUGS[business_id], http
            )
            try:
                answer = await visitor.sign_in(email_of(business_id, customer_id))
            except (*_LOST, NoCode):
                self.ledger.unanswered["sign-in"] += 1
                return
        signed_in = any(name.startswith("__Host-s-") for name in visitor.cookies)
        if answer.status_code == 303 and signed_in:
            self.ledger.sessions[business_id, customer_id] += 1
        else:
            self.ledger.unanswered["sign-in"] += 1

    def _browser(self) -> httpx.AsyncClient:
        """A client from an address of its own, so that no limit of one source is met."""
        self._sources += 1
        source = f"198.18.{self._sources // 250}.{self._sources % 250 + 1}"
        return _client({"X-Forwarded-For": source})


def _client(headers: Mapping[str, str]) -> httpx.AsyncClient:
    """It tries again by itself only while nobody listens: then nothing can have been asked."""
    listening = httpx.AsyncHTTPTransport(verify=False, retries=6)  # 0.5 s, 1 s, 2 s … : a restart takes less
    return httpx.AsyncClient(transport=listening, headers=dict(headers), timeout=20)


def _settings_of(state: Mapping[str, object]) -> dict[str, object]:
    """The body that leads to this state, as the settings page would send it again."""
    kept = {name: value for name, value in state.items() if name not in _READ_ONLY}
    colours = msgspec.convert(kept.pop("colours"), dict[str, str])
    accent = {"accent": value} if (value := colours.get("accent")) else {}
    return kept | {"primary_colour": colours["primary"]} | accent
