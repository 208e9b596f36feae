"""The routes of billing: read the request, call the handler, answer. Forms get 303, JSON gets JSON."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from chassis.identity.session_tokens import SessionToken, SessionVerifier
from chassis.web import NotFound, cookies, create_app, read_body
from chassis.words.languages import LOCALES, SOURCE_LOCALE, offered_locale
from fastapi import APIRouter, FastAPI, Path, Query
from servicehub_events import Business, Payment
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from billing import answers, errors, queries, schemas
from billing.charges import Charges
from billing.commands import StartCheckout
from billing.context import Context
from billing.handlers import noticing
from billing.handlers.returning import come_back
from billing.handlers.starting import ToPay, start_checkout
from billing.payers import payer_of

_LARGEST_NOTICE = 1_048_576
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"  # PostgreSQL holds no NUL
InPath = Annotated[str, Path(max_length=64, pattern=_NO_CONTROLS)]
InQuery = Annotated[str, Query(max_length=64, pattern=_NO_CONTROLS)]


class Routes:
    """The routes over one context."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._charges = Charges(ctx)
        self._verifier = SessionVerifier(
            ctx.settings.session_public_keys, now=lambda: ctx.clock().timestamp()
        )
        self.router = APIRouter()
        self.router.post("/billing/webhooks/stripe")(self.webhook)
        self.router.post("/billing/{slug}/checkouts")(self.checkouts)
        self.router.get("/billing/{slug}/return")(self.back)
        self.router.get("/internal/businesses/{business_id}/charges")(self.charges)

    async def checkouts(self, request: Request, slug: InPath) -> Response:
        """Pay: on to the processor's page, or to what was paid already."""
        form = await schemas.read(request)
        request.state.invoices, request.state.typed = form.invoices, form.choice.amount or ""
        business = await self._business(slug)
        request.state.slug = business.slug
        payer = await payer_of(self._ctx, business, self._token(request, business))
        if not await self._charges.enabled(business):
            raise errors.NotOnline
        language = offered_locale((form.locale, business.default_locale), LOCALES) or SOURCE_LOCALE
        command = StartCheckout(payer, form.invoices, form.choice, language)
        outcome = await start_checkout(self._ctx, command)
        if isinstance(outcome, ToPay):
            return answers.to_pay(request, outcome.payment, outcome.url)
        return self._result(request, business, outcome.payment)

    async def back(self, request: Request, slug: InPath, payment: InQuery = "") -> Response:
        """Back from the processor's page, paid or not: it is asked which."""
        business = await self._business(slug)
        came = await come_back(self._ctx, business, self._token(request, business), payment)
        if came is None:
            return cookies.redirect_to_page(
                request, business.slug, ""
            )  # not theirs; or signed out, and then to sign-in
        request.state.invoices = [part.invoice_id for part in came.payment.allocations]
        request.state.slug = business.slug
        if came.payment.status == "started" and (came.asked or "left" in request.query_params):
            raise errors.NotFinished
        return self._result(request, business, came.payment)

    async def webhook(self, request: Request) -> Response:
        """Stripe's notices; answered after they are stored."""
        body = await read_body(request, limit=_LARGEST_NOTICE)
        await noticing.hear(self._ctx, body, request.headers.get("stripe-signature", ""))
        return JSONResponse({"received": True})

    async def charges(self, business_id: InPath) -> Response:
        """Whether a business can be paid online now, for the pages. The gateway has no such route."""
        async with self._ctx.database.tenant(business_id) as connection:
            business = await queries.business(connection, business_id)
        if business is None:
            raise NotFound
        return JSONResponse({"enabled": await self._charges.enabled(business)}, headers=cookies.NO_STORE)

    async def _business(self, slug: str) -> Business:
        async with self._ctx.database.transaction() as connection:
            business_id = await queries.business_of(connection, slug)
        if business_id is None:
            raise NotFound
        async with self._ctx.database.tenant(business_id) as connection:
            business = await queries.business(connection, business_id)
        if business is None:
            raise NotFound
        return business

    def _token(self, request: Request, business: Business) -> SessionToken | None:
        return self._verifier.verify(request.cookies, business.business_id)

    def _result(self, request: Request, business: Business, payment: Payment) -> Response:
        """To the result page; this browser knows what it paid before the pages do."""
        response = cookies.redirect_to_page(request, business.slug, f"result/{payment.payment_id}")
        if payment.status not in ("failed", "expired"):
            cookie = cookies.paying(self._ctx.settings.flash_keys, business.business_id)
            answers.remember(request, response, cookie, payment)
        return response


def create_api(ctx: Context, *, closing: Sequence[Callable[[], Awaitable[None]]] = ()) -> FastAPI:
    """The whole HTTP app of billing."""
    app = create_app("billing", ctx.settings, checks={"database": ctx.database.ready}, closing=closing)
    answers.install(app, cookies.flash(ctx.settings.flash_keys))
    app.include_router(Routes(ctx).router)
    return app
