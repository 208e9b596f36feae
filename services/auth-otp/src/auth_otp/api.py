"""The routes of sign-in: read the request, call the handler, answer. Forms get 303, JSON gets JSON."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from chassis.database.database import is_transient
from chassis.web import cookies
from chassis.web.app import client_source, create_app
from chassis.web.problems import NotFound
from fastapi import APIRouter, FastAPI
from servicehub_events import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth_otp import answers, errors, queries, schemas
from auth_otp.browser import Browser
from auth_otp.commands import EnterCode, PickContact, RequestCode, Visitor
from auth_otp.context import Context
from auth_otp.domain.devices import device_name
from auth_otp.domain.languages import page_language
from auth_otp.handlers import choices, codes, sessions, sign_out
from auth_otp.handlers.sessions import MustChoose
from auth_otp.queries import Portal

log = structlog.get_logger(__name__)


class Routes:
    """The routes over one context."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._browser = Browser(ctx.settings)
        self.router = APIRouter()
        post = self.router.post
        post("/auth/{slug}/codes")(self.codes)
        post("/auth/{slug}/sessions")(self.sessions)
        post("/auth/{slug}/choice")(self.choice)
        post("/auth/{slug}/switch")(self.switch)
        post("/auth/{slug}/sign-out")(self.sign_out)
        post("/auth/{slug}/devices/{session_id}/sign-out")(self.sign_out_device)
        post("/internal/choices")(self.offered)

    async def codes(self, request: Request, slug: str) -> Response:
        """Ask for a code. The answer is the same for an address that is known and one that is not."""
        form = await schemas.read(request, schemas.CodeForm)
        request.state.typed = form.address
        portal = await self._portal(slug)
        visitor = self._visitor(request, portal)
        held = self._browser.challenge(request, portal.business_id)
        command = RequestCode(portal, visitor, form.address, held, _language(request, portal))
        sending = await codes.request_code(self._ctx, command)
        response = cookies.go(request, portal.slug, "code")
        self._browser.hold_challenge(
            response, portal.business_id, sending.challenge_id, form.address.strip()[:320]
        )
        if sending.again:
            cookies.tell(response, self._browser.flash, "resent", {})
        return response

    async def sessions(self, request: Request, slug: str) -> Response:
        """Enter a code."""
        form = await schemas.read(request, schemas.SessionForm)
        portal = await self._portal(slug)
        held = self._browser.challenge(request, portal.business_id)
        command = EnterCode(portal, self._visitor(request, portal), form.code, held, form.remembered)
        outcome = await sessions.enter_code(self._ctx, command)
        if isinstance(outcome, MustChoose):
            response = cookies.go(request, portal.slug, "choose")
            self._browser.hold_choice(response, portal.business_id, outcome.choice_id)
        else:
            response = self._let_in(request, portal, outcome.session)
        self._browser.know(response, portal.business_id, outcome.browser_id)
        return response

    async def choice(self, request: Request, slug: str) -> Response:
        """Pick a contact of the proven address."""
        form = await schemas.read(request, schemas.ChoiceForm)
        portal = await self._portal(slug)
        choice_id = self._browser.choice(request, portal.business_id)
        if not choice_id:
            raise errors.ChoiceExpired
        if form.choice is None:
            raise errors.ChoiceUnknown
        session = await choices.pick_contact(self._ctx, PickContact(portal, choice_id, form.choice))
        return self._let_in(request, portal, session)

    async def switch(self, request: Request, slug: str) -> Response:
        """Choose another contact of the address that was proven."""
        portal = await self._portal(slug)
        choice_id = await choices.offer_switch(self._ctx, portal, self._visitor(request, portal))
        response = cookies.go(request, portal.slug, "choose")
        self._browser.hold_choice(response, portal.business_id, choice_id)
        return response

    async def sign_out(self, request: Request, slug: str) -> Response:
        """Sign out. This browser is signed out whatever else fails."""
        form = await schemas.read(request, schemas.SignOutForm)
        business_id, said = None, "signed_out"
        try:
            portal = await self._portal(slug)
            business_id, slug = portal.business_id, portal.slug
            token = self._browser.session(request, business_id)
            if token is not None:
                await sign_out.sign_out(self._ctx, token, everywhere=form.from_everywhere)
        except Exception as error:  # without its database this browser is signed out nevertheless
            if not is_transient(error):
                raise
            log.warning("sign_out.this_browser_only", error=type(error).__name__)
            said = "unavailable" if form.from_everywhere else "signed_out"
        return self._signed_out(request, slug, business_id, said)

    async def sign_out_device(self, request: Request, slug: str, session_id: str) -> Response:
        """Sign out one device of the same contact."""
        portal = await self._portal(slug)
        token = self._browser.session(request, portal.business_id)
        if token is None or token.generation != portal.generation:
            raise errors.NotSignedIn
        await sign_out.sign_out_device(self._ctx, token, session_id)
        if token.session_id == session_id:
            return self._signed_out(request, portal.slug, portal.business_id, "signed_out")
        return cookies.go(request, portal.slug, "settings")

    async def offered(self, request: Request) -> Response:
        """What a choice offers, for the page that shows it. The gateway has no such route."""
        which = await schemas.read(request, schemas.WhichChoice)
        choice = await self._ctx.choices.find(which.business_id, which.id)
        if choice is None:
            raise NotFound
        found = [{"customer_id": c.customer_id, "contact_id": c.contact_id} for c in choice.candidates]
        return JSONResponse({"choices": found}, headers={"Cache-Control": "no-store"})

    async def _portal(self, slug: str) -> Portal:
        async with self._ctx.database.transaction() as connection:
            business_id = await queries.business_of(connection, slug)
        if business_id is None:
            raise NotFound
        async with self._ctx.database.tenant(business_id) as connection:
            portal = await queries.find_portal(connection, business_id)
        if portal is None:
            raise NotFound
        return portal

    def _visitor(self, request: Request, portal: Portal) -> Visitor:
        source = client_source(request, self._ctx.settings.trusted_proxy_hops)
        return Visitor(
            source=self._ctx.index.current("", source),  # counted, never stored readable
            device=device_name(request.headers.get("user-agent", "")),
            browser_id=self._browser.known_as(request, portal.business_id),
            session=self._browser.session(request, portal.business_id),
        )

    def _let_in(self, request: Request, portal: Portal, session: Session) -> Response:
        response = cookies.go(request, portal.slug, "")
        self._browser.let_in(request, response, session, portal.generation)
        return response

    def _signed_out(self, request: Request, slug: str, business_id: str | None, said: str) -> Response:
        response = cookies.go(request, slug, "sign-in")
        self._browser.sign_out(request, response, business_id)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        cookies.tell(response, self._browser.flash, said, {})
        return response


def create_api(ctx: Context, *, closing: Sequence[Callable[[], Awaitable[None]]] = ()) -> FastAPI:
    """The whole HTTP app of auth-otp."""
    app = create_app("auth-otp", ctx.settings, checks={"database": ctx.database.ready}, closing=closing)
    answers.install(app, cookies.flash(ctx.settings.flash_keys))
    app.include_router(Routes(ctx).router)
    return app


def _language(request: Request, portal: Portal) -> str | None:
    chosen = request.cookies.get(cookies.LANGUAGE_COOKIE, "")
    return page_language(chosen, request.headers.get("accept-language", ""), portal.locales)
