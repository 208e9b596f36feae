"""A payer's browser at billing's HTTP app, on a real database."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
from billing.context import Context
from chassis.identity import SessionToken, cookie_name
from chassis.web.cookies import PaymentCookies, flash

from .billing_world import BUSINESS, World

SLUG = BUSINESS.slug


@dataclass(frozen=True, slots=True)
class Flash:
    """What the next page of the portal will say."""

    code: str
    params: Mapping[str, str]


class Browser:
    """Signed in as the customer, until told otherwise. Keeps cookies as browsers do."""

    def __init__(self, world: World, *, signed_in: bool = True, at: Context | None = None) -> None:
        self.world = world
        self.http = world.browser(at=at)
        if signed_in:
            self.sign_in(world.token())

    def sign_in(self, session: SessionToken, business_id: str | None = None) -> None:
        """Carry this session, in the cookie of its business unless another is named."""
        self.http.cookies.set(
            cookie_name(business_id or session.business_id), self.world.signer.sign(session)
        )

    def sign_out(self) -> None:
        """Forget all cookies."""
        self.http.cookies.clear()

    async def pay(
        self, *invoices: str, pay: str = "balance", headers: Mapping[str, str] | None = None, **fields: str
    ) -> httpx.Response:
        """Post the form of the pay page."""
        named = [("invoice_id", invoice_id) for invoice_id in invoices]
        body = urlencode([*named, ("pay", pay), *fields.items()])
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self.http.post(f"/billing/{SLUG}/checkouts", content=body, headers=form)

    async def pay_json(self, *invoices: str, slug: str = SLUG, **fields: object) -> httpx.Response:
        """Post the same as JSON."""
        return await self.http.post(
            f"/billing/{slug}/checkouts", json={"invoice_id": list(invoices), **fields}
        )

    async def add_card(self, locale: str = "en") -> httpx.Response:
        """Press "Add a card" in Settings."""
        return await self.http.post(f"/billing/{SLUG}/cards", data={"locale": locale})

    async def remove_card(self, card_id: str) -> httpx.Response:
        """Press "Remove" beside a card."""
        return await self.http.post(f"/billing/{SLUG}/cards/{card_id}/remove", data={})

    async def come_back(self, payment_id: str, *, left: bool = False, slug: str = SLUG) -> httpx.Response:
        """Return from the processor's page, by its success or by its cancel address."""
        asked = urlencode({"payment": payment_id, **({"left": "1"} if left else {})})
        return await self.http.get(f"/billing/{slug}/return?{asked}")

    def flash(self) -> Flash | None:
        """What the last answer left for the next page."""
        found = flash(self.world.settings.cookie_signing_keys).read(dict(self.http.cookies))
        return Flash(found["code"], found["params"]) if found else None

    def paying(self) -> dict[str, list[str]]:
        """What this browser paid, as its cookies say it to the portal's pages."""
        cookies = PaymentCookies(self.world.settings.cookie_signing_keys, BUSINESS.business_id)
        paid = cookies.read(dict(self.http.cookies))
        return {payment_id: sorted(invoice_ids) for payment_id, invoice_ids in paid.items()}


def where(answer: httpx.Response) -> str:
    """Where a form is sent on to."""
    assert answer.status_code == 303, (answer.status_code, answer.text)
    return answer.headers["location"]


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, json.loads(answer.content)["code"]
