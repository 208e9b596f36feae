"""The pages: every form is a POST that takes effect at once, then shows what was published."""

from collections import OrderedDict
from itertools import count
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import SimulatorError, Unknown
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.web import views
from stand_in_servicehub.web.forms import values_of
from stand_in_servicehub.web.money_text import money
from stand_in_servicehub.web.payment_views import is_money, method_text, newest_first

KEPT_RESULTS = 100
SHOWN_PAYMENTS = 10
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Results:
    """What recent actions said, until the page after the redirect shows it."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._numbers = count(1)

    def keep(self, text: str) -> str:
        """Return the key under which the page asks for it."""
        key = str(next(self._numbers))
        self._texts[key] = text
        if len(self._texts) > KEPT_RESULTS:
            self._texts.popitem(last=False)
        return key

    def get(self, key: str) -> str:
        """The text, or nothing when it is long gone."""
        return self._texts.get(key, "")


def page_routes(core: Core, public_origin: str) -> list[Route]:
    """The start page, a page for each business, and its forms."""
    results = Results()

    async def home(_request: Request) -> Response:
        businesses = [views.shown(core, profile) for profile in core.profiles.values()]
        payments = newest_first(paid for each in businesses for paid in each.payments if is_money(paid))
        page = _render(
            "home.html", core, public_origin, businesses=businesses, payments=payments[:SHOWN_PAYMENTS]
        )
        return HTMLResponse(page)

    async def business(request: Request) -> Response:
        profile = core.profile(request.path_params["business"])
        result = results.get(request.query_params.get("result", ""))
        return HTMLResponse(_business(core, profile, public_origin, result=result))

    async def act(request: Request) -> Response:
        profile, name = core.profile(request.path_params["business"]), request.path_params["action"]
        if name not in ACTIONS:
            raise Unknown(f"There is no action {name!r}.")
        try:
            async with request.form() as form:
                outcome = await ACTIONS[name](core, profile, values_of(form, profile), strict=False)
        except SimulatorError as error:
            return HTMLResponse(_business(core, profile, public_origin, error=str(error)), error.status)
        key = results.keep(outcome.message)
        return RedirectResponse(f"/businesses/{profile.business_id}?result={key}", 303)

    return [
        Route("/", home),
        Route("/businesses/{business}", business),
        Route("/businesses/{business}/{action}", act, methods=["POST"]),
    ]


def _business(core: Core, profile: Profile, public_origin: str, *, result: str = "", error: str = "") -> str:
    business = views.shown(core, profile)
    return _render("business.html", core, public_origin, business=business, result=result, error=error)


def _render(template: str, core: Core, public_origin: str, **values: object) -> str:
    waiting_for = "" if core.ready.is_set() else core.waiting_for
    return TEMPLATES.get_template(template).render(
        **values,
        origin=public_origin,
        waiting_for=waiting_for,
        log=core.store.log(),
        money=money,
        method_text=method_text,
        window=views.window,
        field_time=views.field_time,
    )
