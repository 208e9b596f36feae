"""The pages: every form is a POST that takes effect at once, then shows what was published."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from servicehub_events.money import from_decimal
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from stand_in_servicehub.actions import ACTIONS, Action, find_action
from stand_in_servicehub.actions.fields import nested
from stand_in_servicehub.actions.requests import waiting
from stand_in_servicehub.business import Desk
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import BadInput, SimulatorError
from stand_in_servicehub.web import views
from stand_in_servicehub.web.sign_in_notices import sign_in_notices

SHOWN_PAYMENTS = 10
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page_routes(core: Core, origin: str) -> list[Route]:
    """The overview, a page for each business, and its forms."""

    async def overview(_request: Request) -> Response:
        businesses = [views.view(core.desk(name)) for name in core.profiles]
        money = [(view, row) for view in businesses for row in view.payments if views.is_money(row.state)]
        payments = sorted(money, key=lambda paid: paid[1].state.occurred_at, reverse=True)[:SHOWN_PAYMENTS]
        return _page("overview.html", core, origin, businesses=businesses, payments=payments)

    async def business(request: Request) -> Response:
        result = request.query_params.get("result", "")
        return await _business(core, core.desk(request.path_params["business"]), origin, result=result)

    async def act(request: Request) -> Response:
        desk, action = core.desk(request.path_params["business"]), find_action(request.path_params["action"])
        business_id = desk.profile.business_id
        try:
            async with request.form() as form:
                values = values_of(form, action, desk.profile.portal.currency)
            outcome = await core.act(business_id, action, values, strict=False)
        except SimulatorError as error:
            return await _business(core, desk, origin, error=str(error), status=error.status)
        return RedirectResponse(f"/businesses/{business_id}?{urlencode({'result': outcome.message})}", 303)

    return [
        Route("/", overview),
        Route("/businesses/{business}", business),
        Route("/businesses/{business}/{action}", act, methods=["POST"]),
    ]


def values_of(form: FormData, action: Action, currency: str) -> Mapping[str, object]:
    """From what a person typed to fields; money is in major units. Raises BadInput."""
    kinds = {field.name: field.kind for field in action.inputs}
    values: dict[str, object] = {}
    for name in form:
        texts = [typed.strip() for typed in form.getlist(name) if isinstance(typed, str) and typed.strip()]
        if kinds.get(name) == "several":
            values[name] = texts
        elif texts:
            values[name] = _money(texts[0], name, currency) if kinds.get(name) == "money" else texts[0]
    return nested(action.inputs, values)


def _money(typed: str, field: str, currency: str) -> int:
    try:
        return from_decimal(re.sub(r"[,\s$¥¥]", "", typed), currency)
    except ValueError as error:
        raise BadInput(
            f"{field} {typed!r} is not an amount ({error}): write it like 1200, or 12.50."
        ) from None


async def _business(
    core: Core, desk: Desk, origin: str, *, result: str = "", error: str = "", status: int = 200
) -> Response:
    business, profile = views.view(desk), desk.profile
    choices = {
        "customers": list(business.names.items()),
        "staff": [(member.staff_id, member.name) for member in profile.staff],
        "rates": [(rate, rate) for rate in profile.tax_rates],
        "locales": [(locale, locale) for locale in profile.portal.locales],
    }
    account = await core.account(profile.business_id)
    values = {
        "account": account,
        "choices": choices,
        "payments": [(business, row) for row in business.payments],
        "notices": sign_in_notices(desk),
        "waiting": waiting(desk),
    }
    return _page(
        "business.html", core, origin, status, business=business, result=result, error=error, **values
    )


def _page(template: str, core: Core, origin: str, status: int = 200, **values: object) -> Response:
    waiting_for = "" if core.ready.is_set() else core.waiting_for
    html = TEMPLATES.get_template(template).render(
        **values, origin=origin, waiting_for=waiting_for, log=core.store.log(), actions=ACTIONS, text=views
    )
    return HTMLResponse(html, status)
