"""What services hand each other through the browser: signed cookies, the language, and where to go next."""

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from chassis.settings.keys import KeyRing
from chassis.web.requests import wants_json
from chassis.web.signed_cookie import SignedCookie

NO_STORE = {"Cache-Control": "no-store"}

LANGUAGE_COOKIE = "__Host-lang"
"""Plain `en` or `ja`: the language chosen before sign-in. By its prefix no other host can set it."""


def flash(keys: KeyRing) -> SignedCookie:
    """`{"code": message code, "params": {…}, "typed": what was typed}`, shown once by the next page."""
    return SignedCookie(keys, "flash", max_age=300)


def challenge(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"held": [{"id", "shown": the address as typed, "digits": of the code}, …]}`, the newest first.

    Binds challenges to the browser that asked. It outlives them, so that who comes back late finds the
    address in its field.
    """
    return SignedCookie(keys, f"c-{_short(business_id)}", max_age=60 * 60)


def choice(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"id": choice id}`: who proved an address of several contacts, for five minutes."""
    return SignedCookie(keys, f"w-{_short(business_id)}", max_age=5 * 60)


def paying(keys: KeyRing, business_id: str) -> SignedCookie:
    """`{"payments": {payment id: [invoice ids]}}`: what this browser paid that the pages may not know yet."""
    return SignedCookie(keys, f"p-{_short(business_id)}", max_age=30 * 60)


def redirect_to_page(request: Request, slug: str, page: str) -> Response:
    """Lead on to a page of the portal: a form with 303, JSON with `{"next": path}`."""
    path = f"/portal/{slug}/{page}".rstrip("/")
    if wants_json(request):
        return JSONResponse({"next": path}, headers=NO_STORE)
    return RedirectResponse(path, 303, headers=NO_STORE)


def flash_message(
    response: Response, flash: SignedCookie, code: str, params: Mapping[str, int | str], typed: str = ""
) -> None:
    """Leave a message for the next page. Its words are found by `code` there; params become texts."""
    texts = {name: str(value) for name, value in params.items()}
    flash.put(response, {"code": code, "params": texts, "typed": typed[:320]})


def _short(business_id: str) -> str:
    return hashlib.sha256(business_id.encode()).hexdigest()[:12]
