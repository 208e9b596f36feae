"""What people do over HTTP meanwhile. Each answer, and each answer that never came, goes into the ledger."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import msgspec
from local_stack.environment import Addresses
from portal_testing.stack import eventually
from portal_testing.stack.visitor import NoCode, Visitor

from .aggregates import SLUGS, address_of
from .ledger import Attempt, Ledger

PATIENCE_SECONDS = 90.0
_LOST = (httpx.TransportError,)
_READ_ONLY = ("business_id", "former_slugs", "enabled", "generation", "theme_url", "logo", "icons")


@dataclass
class People:
    """The outside world: ServiceHub's settings page, and customers who sign in."""

    addresses: Addresses
    ledger: Ledger
    key: str
    """Branding's bearer key."""
    _sources: int = 0
    _pages: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])

    async def rename(self, business_id: str, name: str) -> None:
        """Give a business a name; asked again until it is answered. One settings page a business."""
        async with self._pages.setdefault(business_id, asyncio.Lock()):
            self.ledger.sent["branding"] += 1
            await eventually(
                lambda: self._put(business_id, name), what=f"{name} is accepted", within=PATIENCE_SECONDS
            )
            self.ledger.branding.setdefault(business_id, []).append(name)

    async def _put(self, business_id: str, name: str) -> bool:
        url = f"{self.addresses.url_of('branding')}/branding/businesses/{business_id}"
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            async with _client(headers) as http:
                state = msgspec.json.decode((await http.get(url)).content, type=dict[str, object])
                answer = await http.put(url, json=_settings_of(state) | {"name": name})
        except _LOST:
            self.ledger.unanswered["branding"] += 1
            return False
        if answer.status_code >= 500:
            return False
        assert answer.status_code == 200, answer.text
        return True

    async def ask_for_code(self, business_id: str, address: str, *, known: bool) -> None:
        """Ask once. A lost answer stays a question without an answer, as for a person who gives up."""
        self.ledger.sent["code"] += 1
        url = f"{self.addresses.url_of('auth-otp')}/auth/{SLUGS[business_id]}/codes"
        try:
            async with self._browser() as http:
                answer = await http.post(url, json={"address": address})
            accepted = answer.status_code == 200
            assert accepted or answer.status_code >= 500, answer.text
        except _LOST:
            self.ledger.unanswered["code"] += 1
            accepted = False
        self.ledger.codes.append(Attempt(business_id, address, known, accepted))

    async def sign_in(self, business_id: str, customer_id: str) -> None:
        """Ask for a code, read it, type it. Whoever is interrupted gives up."""
        self.ledger.sent["sign-in"] += 1
        address = address_of(business_id, customer_id)
        async with self._browser() as http:
            visitor = Visitor(
                self.addresses.url_of("auth-otp"), self.addresses.mailbox_url, SLUGS[business_id], http
            )
            try:
                answer = await visitor.sign_in(address)
            except (*_LOST, NoCode):
                self.ledger.unanswered["sign-in"] += 1
                return
        signed_in = any(name.startswith("__Host-s-") for name in visitor.cookies)
        if answer.status_code == 303 and signed_in:
            self.ledger.sessions.append((business_id, customer_id))
        else:
            self.ledger.unanswered["sign-in"] += 1

    def _browser(self) -> httpx.AsyncClient:
        """A client from an address of its own, so that no limit of one source is met."""
        self._sources += 1
        source = f"198.18.{self._sources // 250}.{self._sources % 250 + 1}"
        return _client({"X-Forwarded-For": source})


def _client(headers: Mapping[str, str]) -> httpx.AsyncClient:
    """It tries again by itself only while nobody listens: then nothing can have been asked."""
    listening = httpx.AsyncHTTPTransport(retries=6)  # 0.5 s, 1 s, 2 s … : a restart takes less
    return httpx.AsyncClient(transport=listening, headers=dict(headers), timeout=20)


def _settings_of(state: Mapping[str, object]) -> dict[str, object]:
    """The body that leads to this state, as the settings page would send it again."""
    kept = {name: value for name, value in state.items() if name not in (*_READ_ONLY, "mail_logo_url")}
    colours = msgspec.convert(kept.pop("colours"), dict[str, str])
    return (
        kept
        | {"primary_colour": colours["primary"]}
        | ({"accent": a} if (a := colours.get("accent")) else {})
    )
