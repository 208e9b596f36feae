"""What services hand each other through the browser: signed cookies, the language, and where to go next."""

from collections.abc import Iterable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.settings.keys import KeyRing
from chassis.web.requests import wants_json
from chassis.web.signed_cookie import SignedCookie, short_of

NO_STORE = {"Cache-Control": "no-store"}

LANGUAGE_COOKIE = "__Host-lang"
"""Plain `en` or `ja`: the language chosen before sign-in. By its prefix no other host can set it."""


def flash(keys: KeyRing) -> SignedCookie:
    """`{"code": message code, "params": {…}, "typed": what was typed}`, shown once by the next page."""
    return SignedCookie(keys, "flash", max_age=300)


class HeldChallenge(msgspec.Struct, frozen=True, omit_defaults=True):
    """A challenge that a browser holds: the address as it was typed, and the digits of its code.

    `back` is the page that asked who is signed in for a second proof, and gets them back; "" at sign-in.
    """

    id: str
    shown: str
    digits: int
    back: str = ""


def challenge(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"held": [a HeldChallenge, …]}`, the newest first.

    Binds challenges to the browser that asked. It outlives them, so that who comes back late finds the
    address in its field.
    """
    return SignedCookie(keys, f"c-{short_of(business_id)}", max_age=60 * 60)


def held_challenges(keys: KeyRing, business_id: str, cookies: dict[str, str]) -> list[HeldChallenge]:
    """The challenges that a browser asked for, the newest first."""
    value = challenge(keys, business_id).read(cookies) or {}
    try:
        return msgspec.convert(value.get("held", []), list[HeldChallenge])
    except msgspec.ValidationError:
        return []


def choice(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"id": choice id}`: who proved an address of several contacts, for five minutes."""
    return SignedCookie(keys, f"w-{short_of(business_id)}", max_age=5 * 60)


def several_accounts(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{}`: an account was chosen among several here, so pages name it and offer the others.

    It lets nobody in: whose they are is asked anew when somebody switches.
    """
    return SignedCookie(keys, f"m-{short_of(business_id)}", max_age=400 * 24 * 60 * 60)


class _PaidHere(msgspec.Struct, frozen=True):
    payment_id: str
    invoice_ids: frozenset[str]


class PaymentCookies:
    """What this browser paid at a business that the pages may not know yet.

    Each payment has a cookie of its own, for half an hour: tabs that come back at once keep each theirs.
    """

    def __init__(self, keys: KeyRing, business_id: str) -> None:
        self._keys = keys
        self._name = f"p-{short_of(business_id)}-"

    def put(self, response: Response, payment_id: str, invoice_ids: Iterable[str]) -> None:
        """Remember a payment and the invoices that it pays."""
        self._cookie(short_of(payment_id)).put(
            response, {"payment_id": payment_id, "invoice_ids": list(invoice_ids)}
        )

    def clear(self, response: Response, payment_id: str) -> None:
        """Forget a payment: the pages know it."""
        self._cookie(short_of(payment_id)).clear(response)

    def read(self, cookies: Mapping[str, str]) -> dict[str, frozenset[str]]:
        """Payment id → invoice ids; what is forged or too old is not there."""
        start = f"__Host-{self._name}"
        values = [
            self._cookie(name.removeprefix(start)).read(cookies) for name in cookies if name.startswith(start)
        ]
        return {paid.payment_id: paid.invoice_ids for paid in map(_paid_here, values) if paid}

    def _cookie(self, payment: str) -> SignedCookie:
        return SignedCookie(self._keys, self._name + payment, max_age=30 * 60)


class LinkedPayments:
    """By which pay link this browser went to pay: it may see what became of that, for two hours.

    Each payment has a cookie of its own. The link is in it, which this browser was opened with.
    """

    def __init__(self, keys: KeyRing, business_id: str) -> None:
        self._keys = keys
        self._name = f"k-{short_of(business_id)}-"

    def put(self, response: Response, payment_id: str, link: str) -> None:
        """Remember which link led to a payment."""
        self._cookie(payment_id).put(response, {"payment_id": payment_id, "link": link})

    def find(self, cookies: Mapping[str, str], payment_id: str) -> str | None:
        """The link that led this browser to a payment, if one did."""
        value = self._cookie(payment_id).read(cookies)
        if value is None or value.get("payment_id") != payment_id:
            return None
        return str(value["link"])

    def _cookie(self, payment_id: str) -> SignedCookie:
        return SignedCookie(self._keys, self._name + short_of(payment_id), max_age=2 * 60 * 60)


def _paid_here(value: object) -> _PaidHere | None:
    try:
        return msgspec.convert(value, _PaidHere)
    except msgspec.ValidationError:
        return None


def redirect_to_page(request: Request, slug: str, page: str) -> Response:
    """Lead on to a page of the portal, without a name its first; JSON is told `{"next": path}`."""
    path = f"/portal/{slug}/{page}"
    if wants_json(request):
        return JSONResponse({"next": path}, headers=NO_STORE)
    return RedirectResponse(path, 303, headers=NO_STORE)


def flash_message(
    response: Response, flash: SignedCookie, code: str, params: Mapping[str, int | str], typed: str = ""
) -> None:
    """Leave a message for the next page. Its words are found by `code` there; params become texts."""
    texts = {name: str(value) for name, value in params.items()}
    flash.put(response, {"code": code, "params": texts, "typed": typed[:320]})
