"""The routes of sign-in: forms get 303, JSON gets JSON; the field names are the same in both."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
import structlog
from chassis.database import is_transient
from chassis.identity import ended_sessions, find_business
from chassis.observability import security_log
from chassis.web import (
    NO_STORE,
    Answer,
    InvalidRequest,
    Refusals,
    Route,
    cookies,
    flash_message,
    path_id,
    problem,
    read_fields,
    redirect_to_page,
    service_token,
    wants_json,
)
from msgspec import Meta
from servicehub_events import Business
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_otp import errors
from auth_otp.context import Context
from auth_otp.domain.challenges import TooSoon
from auth_otp.handlers.choose_account import (
    ChooseAccount,
    ListAccounts,
    SwitchAccount,
    choose_account,
    list_accounts,
    switch_account,
)
from auth_otp.handlers.enter_code import EnterCode, LongerCode, MustChoose, enter_code
from auth_otp.handlers.guard_address import GuardAddress, find_business_of_link, guard_address
from auth_otp.handlers.request_code import RequestCode, request_code
from auth_otp.handlers.sign_out import (
    ForgetBrowser,
    ListSessionEnds,
    SignOut,
    SignOutDevice,
    SignOutOthers,
    forget_browser,
    list_session_ends,
    sign_out,
    sign_out_device,
    sign_out_others,
)
from auth_otp.http import passkeys
from auth_otp.http.browser_cookies import BrowserCookies, flash, held_for, sign_out_of_all
from auth_otp.http.portal_request import (
    browser_of,
    business_of,
    confirming,
    device_of,
    is_found,
    language_of,
    let_in,
    page_back,
    token_of,
)

log = structlog.get_logger(__name__)
Text = Annotated[str, Meta(max_length=1024)]
_TICKED = ("on", "true", "1", "yes")
"""How a form sends a ticked box."""
_NO_PORTAL: Final = "_"
"""No slug that a business can have: the page there says that nothing is behind this link."""
VERIFIERS: Final = ("portal-read", "billing")
"""The services that verify session tokens, and so ask which sessions ended."""


class CodeFields(msgspec.Struct, frozen=True):
    """`POST …/codes`; `back` is the page that asks who is signed in for a second proof."""

    address: Text = ""
    back: Text = ""


class SessionFields(msgspec.Struct, frozen=True):
    """`POST …/sessions`"""

    code: Text = ""
    remember: bool | Text = False


class ChoiceFields(msgspec.Struct, frozen=True):
    """`POST …/choice`: the place in the list shown, from 0."""

    choice: int | None = None


class SignOutFields(msgspec.Struct, frozen=True):
    """`POST …/sign-out`"""

    everywhere: bool | Text = False
    forget: bool | Text = False


class GuardFields(msgspec.Struct, frozen=True):
    """`POST …/guard`"""

    token: Text = ""


class OfferFields(msgspec.Struct, frozen=True):
    """`POST /internal/choices`"""

    business_id: Text
    id: Text


async def ask(ctx: Context, request: Request) -> Response:
    """Ask for a code. The answer is the same for an address that is known and one that is not."""
    fields = await read_fields(request, CodeFields)
    request.state.typed = fields.address
    if back := page_back(fields.back):
        request.state.page = back
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    locale = language_of(request, business)
    challenge_id = held_for(held.challenges, fields.address, business.country)
    command = RequestCode(business, browser_of(held), fields.address, challenge_id, locale)
    outcome = await request_code(ctx, command)
    if isinstance(outcome, TooSoon):
        if outcome.has_code:  # it may still be entered, on its own page
            request.state.page = "code"
        raise errors.ResendTooSoon(seconds=outcome.seconds)
    response = redirect_to_page(request, business.slug, "code")
    shown = fields.address.strip()[:320]
    challenge = cookies.HeldChallenge(outcome.challenge_id, shown, outcome.digits, back)
    held.hold_challenge(response, challenge)
    if outcome.again:
        flash_message(response, flash(ctx), "resent", {})
    return response


async def enter(ctx: Context, request: Request) -> Response:
    """Enter a code."""
    fields = await read_fields(request, SessionFields)
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    back = held.challenges[0].back if held.challenges else ""
    request.state.typed = held.address_shown  # nobody types it again to get a new code
    remember = _is_ticked(fields.remember)
    challenge_ids, locale = [one.id for one in held.challenges], language_of(request, business)
    contact = confirming(held, business, back)
    command = EnterCode(business, browser_of(held), fields.code, challenge_ids, remember, locale, contact)
    outcome = await enter_code(ctx, command)
    if isinstance(outcome, LongerCode):
        return _longer(held, business, outcome)
    if isinstance(outcome, MustChoose):
        response = redirect_to_page(request, business.slug, "choose")
        held.hold_choice(response, outcome.choice_id, new_browser=outcome.new_browser)
    else:
        response = let_in(held, business, outcome.session, back)
        if outcome.new_browser and not back:
            passkeys.say_that_there_are_passkeys(held, response)
    held.know(response, outcome.browser_id)
    return response


async def choose(ctx: Context, request: Request) -> Response:
    """Choose a contact of the proven address."""
    fields = await read_fields(request, ChoiceFields)
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    request.state.typed = held.address_shown
    if not held.choice_id:
        raise errors.ChoiceExpired
    if fields.choice is None:
        raise errors.ChoiceUnknown
    session = await choose_account(ctx, ChooseAccount(business, held.choice_id, fields.choice))
    response = let_in(held, business, session)
    held.hold_several_accounts(response)
    if held.chooses_on_new_browser:
        passkeys.say_that_there_are_passkeys(held, response)
    return response


async def switch(ctx: Context, request: Request) -> Response:
    """Choose another contact of the address that was proven."""
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    command = SwitchAccount(business, token_of(held), device_of(request))
    choice_id = await switch_account(ctx, command)
    response = redirect_to_page(request, business.slug, "choose")
    held.hold_choice(response, choice_id)
    return response


async def leave(ctx: Context, request: Request) -> Response:
    """Sign out, and know this browser no more if asked. It is signed out whatever else fails."""
    fields = await read_fields(request, SignOutFields)
    everywhere, forget = _is_ticked(fields.everywhere), _is_ticked(fields.forget)
    held, slug, said = None, path_id(request, "slug"), "signed_out"
    try:
        business = await business_of(ctx, request)
        held, slug = BrowserCookies(ctx, request, business.business_id), business.slug
        if token := held.session:
            await sign_out(ctx, SignOut(token, everywhere))
        if forget and held.browser_id:
            await forget_browser(ctx, ForgetBrowser(business.business_id, held.browser_id))
    except Exception as error:  # a lost database keeps nobody signed in here
        if not is_transient(error):
            raise
        log.warning("sign_out.this_browser_only", error=type(error).__name__)
        said = "unavailable" if everywhere else "signed_out"
    return _signed_out(ctx, request, slug, held, said, forget=forget)


async def leave_device(ctx: Context, request: Request) -> Response:
    """Sign out one device of the same contact."""
    business, session_id = await business_of(ctx, request), path_id(request, "session_id")
    held = BrowserCookies(ctx, request, business.business_id)
    token = token_of(held)
    await sign_out_device(ctx, SignOutDevice(business, token, session_id))
    if token.session_id == session_id:
        return _signed_out(ctx, request, business.slug, held, "signed_out")
    return _signed_out_there(ctx, request, business)


async def leave_others(ctx: Context, request: Request) -> Response:
    """Sign out all other devices of the same contact."""
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    await sign_out_others(ctx, SignOutOthers(business, token_of(held)))
    return _signed_out_there(ctx, request, business)


async def lead_to_guard(ctx: Context, request: Request) -> Response:
    """Lead a link "it was not me" to the page that explains and asks. It changes nothing."""
    token = path_id(request, "token")
    business_id = await find_business_of_link(ctx, token)
    slug = _NO_PORTAL
    if business_id:
        async with ctx.tenant(business_id) as tx:
            business = await find_business(tx, business_id)
        slug = business.slug if business and is_found(ctx, request, business) else _NO_PORTAL
    page = f"not-me/{token}" if slug != _NO_PORTAL else ""
    return redirect_to_page(request, slug, page)


async def guard(ctx: Context, request: Request) -> Response:
    """Send strangers no more codes for the address that a link was sent to."""
    fields = await read_fields(request, GuardFields)
    business = await business_of(ctx, request)
    held = BrowserCookies(ctx, request, business.business_id)
    until = await guard_address(ctx, GuardAddress(business, browser_of(held), fields.token))
    response = redirect_to_page(request, business.slug, "sign-in")
    flash_message(response, flash(ctx), "guarded", {"until": until.isoformat()})
    return response


async def offered(ctx: Context, request: Request) -> Response:
    """What a choice offers, for portal-read, which shows it. The gateway has no such route."""
    keys, now = ctx.settings.auth_otp_keys, ctx.clock()
    service_token.require_caller(request, keys, audience="auth-otp", callers=("portal-read",), now=now)
    fields = await read_fields(request, OfferFields)
    candidates = await list_accounts(ctx, ListAccounts(fields.business_id, fields.id))
    return JSONResponse({"choices": [msgspec.to_builtins(one) for one in candidates]}, headers=NO_STORE)


async def ended(ctx: Context, request: Request) -> Response:
    """Which sessions ended, for the services that verify tokens. The gateway has no such route."""
    keys = ctx.settings.auth_otp_keys
    audience, now = ended_sessions.AUTH_OTP, ctx.clock()
    service_token.require_caller(request, keys, audience=audience, callers=VERIFIERS, now=now)
    ends = await list_session_ends(ctx, ListSessionEnds(_since(request)))
    return Response(msgspec.json.encode(ends), media_type="application/json", headers=NO_STORE)


def _since(request: Request) -> datetime | None:
    text = request.query_params.get("since", "")
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        moment = None
    if text and (moment is None or moment.tzinfo is None):
        raise InvalidRequest("query.since: must be what the last answer calls `next`")
    return moment


def _longer(held: BrowserCookies, business: Business, outcome: LongerCode) -> Response:
    """The page of the code again, for the longer one that is on its way."""
    refusal = errors.CodeOutgrown(digits=outcome.ticket.digits)
    security_log.report(refusal.code)
    if wants_json(held.request):
        response = problem(refusal, REFUSALS[errors.CodeOutgrown])
    else:
        response = redirect_to_page(held.request, business.slug, "code")
        flash_message(response, flash(held.ctx), refusal.code, refusal.params)
    ticket, challenges = outcome.ticket, held.challenges
    shown, back = next(
        ((one.shown, one.back) for one in challenges if one.id == outcome.challenge_id), ("", "")
    )
    held.hold_challenge(response, cookies.HeldChallenge(ticket.challenge_id, shown, ticket.digits, back))
    return response


def _signed_out_there(ctx: Context, request: Request, business: Business) -> Response:
    response = redirect_to_page(request, business.slug, "settings")
    flash_message(response, flash(ctx), "device_signed_out", {})
    return response


def _signed_out(
    ctx: Context,
    request: Request,
    slug: str,
    held: BrowserCookies | None,
    said: str,
    *,
    forget: bool = False,
) -> Response:
    """Without knowing the business, whatever this browser holds of any is taken."""
    response = redirect_to_page(request, slug, "sign-in")
    if held:
        held.sign_out(response, forget=forget)
    else:
        sign_out_of_all(request, response, forget=forget)
    response.headers["Clear-Site-Data"] = '"cache"'  # storage would be every portal's at this host
    flash_message(response, flash(ctx), said, {})
    return response


def _is_ticked(value: bool | str) -> bool:
    return value is True or value in _TICKED


ROUTES: tuple[Route[Context], ...] = (
    Route("POST", "/auth/{slug}/codes", ask, page="sign-in"),
    Route("POST", "/auth/{slug}/sessions", enter, page="code"),
    Route("POST", "/auth/{slug}/choice", choose, page="choose"),
    Route("POST", "/auth/{slug}/switch", switch, page="sign-in"),
    Route("GET", "/n/{token}", lead_to_guard),
    Route("POST", "/auth/{slug}/guard", guard, page="sign-in"),
    Route("POST", "/auth/{slug}/sign-out", leave, page="sign-in"),
    Route("POST", "/auth/{slug}/devices/sign-out", leave_others, page="settings"),
    Route("POST", "/auth/{slug}/devices/{session_id}/sign-out", leave_device, page="settings"),
    *passkeys.ROUTES,
    Route("POST", "/internal/choices", offered),
    Route("GET", ended_sessions.ROUTE, ended),
)
REFUSALS: Refusals = {
    errors.PortalOff: Answer(403, "This portal is switched off. Please contact the business.", page=""),
    errors.AddressMissing: Answer(422, "Enter an email address or a phone number."),
    errors.AddressInvalid: Answer(
        422, "This is neither an email address nor a phone number. Check it for typing mistakes."
    ),
    errors.TooManyRequests: Answer(429, "Too many requests. Wait a moment, then try again.", security=True),
    errors.ResendTooSoon: Answer(429, "A code was sent a moment ago. Wait, then ask again."),
    errors.NoChallenge: Answer(409, "This browser has not asked for a code. Start again.", page="sign-in"),
    errors.CodeMalformed: Answer(422, "This is no code, or not as long as the one that was sent."),
    errors.CodeWrong: Answer(403, "This code is not right.", security=True),
    errors.CodeDead: Answer(403, "Too many wrong codes. Ask for a new one.", page="sign-in", security=True),
    errors.CodeExpired: Answer(410, "This code has run out. Ask for a new one.", page="sign-in"),
    errors.CodeOutgrown: Answer(
        409, "Wrong codes are being tried here. A longer code is on its way: enter that one."
    ),
    errors.GuardLinkGone: Answer(410, "This link has run out. Nothing was changed.", security=True),
    errors.ChoiceExpired: Answer(410, "That took too long. Sign in again.", page="sign-in"),
    errors.ChoiceUnknown: Answer(422, "Choose one of the accounts."),
    **passkeys.REFUSALS,
}
