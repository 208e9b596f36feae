"""What a developer sees, with the controls: `/` and `/payments/{session}`."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from stand_in_stripe.controls import CONTROLS, offered
from stand_in_stripe.currencies import money, typed
from stand_in_stripe.errors import StripeError
from stand_in_stripe.objects import Json
from stand_in_stripe.refunds import charge_of
from stand_in_stripe.sandbox import Context, Sandbox

SHOWN = 30
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, status: int = 200, goes_to: str = "", **values: object) -> Response:
    """Render a page. `goes_to`: where its form is redirected, which Chrome judges by `form-action` too."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(goes_to)) if goes_to else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {origin};"
        " base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy}
    headers |= {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HTMLResponse(TEMPLATES.get_template(template).render(**values), status, headers)


def unknown_page() -> Response:
    """There is no such payment."""
    return page("unknown.html", status=404)


def foreign(request: Request) -> Response | None:
    """Nobody signs in here, so a form of another site must not post. Returns the refusal, or None."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return PlainTextResponse("Open the Stripe sandbox as http://localhost, on this machine.\n", 403)
    return None


def page_routes(sandbox: Sandbox) -> list[Route]:
    """Return the pages."""

    async def home(_request: Request) -> Response:
        return home_page(sandbox)

    async def payment(request: Request) -> Response:
        resource = sandbox.find("checkout.session", request.path_params["id"])
        return payment_page(*resource) if resource else unknown_page()

    return [Route("/", home), Route("/payments/{id}", payment)]


def home_page(sandbox: Sandbox, problem: str = "") -> Response:
    """Recent payments and events, the accounts, and a switch for each thing that can go wrong."""
    sessions = sandbox.books.newest(None, "checkout.session", SHOWN)
    return page(
        "home.html",
        status=422 if problem else 200,
        problem=problem,
        controls=[control for control in CONTROLS if not control.when],
        faults=sandbox.faults,
        sessions=[
            (account, session, _charge(Context(sandbox, account), session)) for account, session in sessions
        ],
        events=sandbox.books.newest(None, "event", SHOWN),
        accounts=sandbox.books.newest(None, "account", SHOWN),
        money=money,
        moment=_moment,
    )


def payment_page(ctx: Context, session: Json, problem: str = "") -> Response:
    """One payment, with what may be done to it now."""
    charge = _charge(ctx, session)
    left: int = charge["amount"] - charge["amount_refunded"] if charge else 0
    refunds = ctx.newest("refund", SHOWN, charge=charge["id"]) if charge else []
    return page(
        "payment.html",
        status=422 if problem else 200,
        problem=problem,
        owner=ctx.account,
        session=session,
        charge=charge,
        left=left,
        starts={"amount": typed(left, session["currency"])},
        controls=offered(ctx, session),
        refunds=[(refund, offered(ctx, refund)) for refund in refunds],
        disputes=ctx.newest("dispute", SHOWN, charge=charge["id"]) if charge else [],
        money=money,
    )


def session_of(ctx: Context, resource: Json) -> Json:
    """The session as it stands in the books: of itself, of a PaymentIntent or of a refund."""
    if resource["object"] == "checkout.session":
        return ctx.get("checkout.session", resource["id"], "id")
    intent: str = resource.get("payment_intent", resource["id"])
    return ctx.newest("checkout.session", 1, payment_intent=intent)[0]


def _charge(ctx: Context, session: Json) -> Json | None:
    try:
        return charge_of(ctx, session)
    except StripeError:
        return None


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%m-%d %H:%M:%S}"
