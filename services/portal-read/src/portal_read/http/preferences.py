"""What contacts choose: their language, which messages they get, and the links that end a kind of mail."""

import re
from typing import Final
from urllib.parse import parse_qsl

import msgspec
import structlog
from chassis.web import read_body, read_fields
from chassis.web.cookies import LANGUAGE_COOKIE
from chassis.words.languages import LOCALES, spoken_locales
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from portal_read import pages, store
from portal_read.context import Context
from portal_read.http import answers
from portal_read.http.language import ChosenLanguage, remember_chosen
from portal_read.http.page_request import PageRequest, open_page
from portal_read.http.signed_in import turned_away
from portal_read.ports import ChosenMessages, KeptChoices, MessagesUnavailable, MessageWay
from portal_read.read_model import UNAVAILABLE

log = structlog.get_logger(__name__)

_LARGEST_FORM: Final = 4096
_YEAR: Final = 365 * 24 * 3600
_ONE_CLICK: Final = (b"List-Unsubscribe", b"One-Click")
"""What mail programs post for their readers, as a form of either encoding (RFC 8058, 3.2)."""
_WAY: Final = re.compile(r"([a-z_]{1,64})/(email|sms)\Z")


class MessagesForm(msgspec.Struct, frozen=True):
    """The ways that the page showed as wanted, those that are ticked now, each `group/channel`, and the
    version of the choices that it showed.
    """

    seen_version: int = 0
    shown: list[str] = []
    wanted: list[str] = []


async def language(ctx: Context, request: Request) -> Response:
    """Keep the language in a cookie, for whoever is signed in also with their choices, and go back."""
    form = dict(parse_qsl((await read_body(request, limit=_LARGEST_FORM)).decode(errors="replace")))
    root = f"/portal/{request.path_params['slug']}"
    wanted, back = form.get("locale", ""), form.get("return", "")
    response = answers.redirect(back if is_inside(root, back) else root)
    if wanted in LOCALES:
        response.set_cookie(
            LANGUAGE_COOKIE, wanted, max_age=_YEAR, path="/", secure=True, httponly=True, samesite="lax"
        )
        if (page := await _whose(ctx, request)) is not None:
            await _save_language(ctx, page, response, wanted)
    return response


async def _whose(ctx: Context, request: Request) -> PageRequest | None:
    """The contact who is signed in here; None where nobody is, or nobody can be asked."""
    try:
        owner = await ctx.slugs.find(str(request.path_params["slug"]))
        if owner is None or ctx.verifier.verify(request.cookies, owner.business_id) is None:
            return None
        page = await open_page(ctx, request, store.SESSION_ONLY)
    except UNAVAILABLE as error:
        log.warning("language.unsaved", error=repr(error))
        return None
    return page if isinstance(page, PageRequest) and page.viewer.state == "signed_in" else None


async def _save_language(ctx: Context, page: PageRequest, response: Response, locale: str) -> None:
    business = page.context.business
    if locale not in spoken_locales(business.locales):
        return
    viewer, version = page.viewer.viewer, page.viewer.preferences_version + 1
    code = "language_unsaved"
    try:
        version = (await ctx.messages.choose(_chosen(page, locale=locale))).version
        code = "language_saved"
    except MessagesUnavailable as error:
        log.warning("language.unsaved", business_id=business.business_id, error=repr(error))
    chosen = ChosenLanguage(viewer.contact_id, version, locale)
    remember_chosen(ctx.settings.cookie_signing_keys, business.business_id, response, chosen)
    ctx.flash.put(response, {"code": code, "params": {}})


async def messages(ctx: Context, request: Request) -> Response:
    """Keep which messages a contact wants: what was unticked is off, and what was ticked on."""
    form = await read_fields(request, MessagesForm)
    page = await open_page(ctx, request, store.SESSION_ONLY)
    if isinstance(page, Response):
        return page
    if (early := turned_away(ctx, page)) is not None:
        return early
    shown, wanted = _ways(form.shown), _ways(form.wanted)
    chosen = _chosen(page, seen_version=form.seen_version, off=shown - wanted, on=wanted - shown)
    response = answers.redirect(f"{page.context.root}/settings#messages")
    ctx.flash.put(response, {"code": await _keep(ctx, chosen), "params": {}})
    return response


async def _keep(ctx: Context, chosen: ChosenMessages) -> str:
    """What the next page says of it."""
    try:
        kept = await ctx.messages.choose(chosen) if chosen.off or chosen.on else KeptChoices(0, False)
    except MessagesUnavailable as error:
        log.warning("messages.unsaved", business_id=chosen.business_id, error=repr(error))
        return "messages_unsaved"
    return "messages_stay_off" if kept.stays_off else "messages_saved"


async def unsubscribe_page(ctx: Context, request: Request) -> Response:
    """Where the link of a mail leads: it asks, whatever the token is; only its form's POST does anything."""
    page = await open_page(ctx, request, store.NOBODY)
    if isinstance(page, Response):
        return page
    body = pages.unsubscribe(page.context, str(request.path_params["token"]))
    return answers.html(body, cache=answers.NEVER_STORED)


async def unsubscribe(ctx: Context, request: Request) -> Response:
    """End a kind of mail, for whoever has its link, also while the portal is off or has moved.

    A mail program that posts for its reader is told in a word, and led nowhere.
    """
    slug, token = (str(request.path_params[name]) for name in ("slug", "token"))
    body = await read_body(request, limit=_LARGEST_FORM)
    is_one_click = all(word in body for word in _ONE_CLICK)
    try:
        owner = await ctx.slugs.find(slug)
        ended = owner and await ctx.messages.unsubscribe(owner.business_id, token)
    except (MessagesUnavailable, *UNAVAILABLE) as error:
        log.warning("unsubscribe.unavailable", error=repr(error))
        if is_one_click:
            return PlainTextResponse("Not now: please try again.", 503, {"Retry-After": "60"})
        page = await open_page(ctx, request, store.NOBODY)
        return page if isinstance(page, Response) else answers.unavailable(page.context)
    if is_one_click:
        return PlainTextResponse("Done." if ended else "This link ends no mails.", 200 if ended else 404)
    page = await open_page(ctx, request, store.NOBODY)
    if isinstance(page, Response):
        return page
    shown = pages.unsubscribed(page.context, ended)
    return answers.html(shown, 200 if ended else 404, cache=answers.NEVER_STORED)


def _chosen(
    page: PageRequest,
    *,
    seen_version: int | None = None,
    locale: str | None = None,
    off: frozenset[MessageWay] = frozenset(),
    on: frozenset[MessageWay] = frozenset(),
) -> ChosenMessages:
    viewer = page.viewer.viewer
    return ChosenMessages(
        business_id=page.context.business.business_id,
        customer_id=viewer.customer_id,
        contact_id=viewer.contact_id,
        seen_version=seen_version,
        locale=locale,
        off=off,
        on=on,
    )


def _ways(texts: list[str]) -> frozenset[MessageWay]:
    return frozenset(MessageWay(*match.groups()) for text in texts if (match := _WAY.match(text)))


def is_inside(root: str, path: str) -> bool:
    """Whether a path stays within this portal, as a browser reads it: never another origin."""
    plain = path.isprintable() and "\\" not in path and "//" not in path
    climbs = "/../" in f"{path}/".lower().replace("%2e", ".")
    return plain and not climbs and (path == root or path.startswith(f"{root}/"))
