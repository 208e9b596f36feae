"""The JSON API, used by `send` and by tests."""

from collections.abc import Mapping

import msgspec
from servicehub_events import Erased, Event
from servicehub_events.topics import CONTACTS, PAYMENTS, REQUESTS, TOPICS
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand_in_servicehub.actions import find_action
from stand_in_servicehub.business import Desk
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import StartPage
from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.store import Row
from stand_in_servicehub.web.start_page import people
from stand_in_servicehub.web.validation import ROUTE as VALIDATE

_VALUES = msgspec.json.Decoder(dict[str, object])
_PLACE = ("version", "topic", "partition")
_LISTS = {
    topic.name.split(".")[1]: topic.id_field.removesuffix("_id")
    for topic in TOPICS
    if topic.owner == "servicehub" or topic in (PAYMENTS, CONTACTS, REQUESTS)
}
"""`invoices` → `invoice`: every kind of aggregate that ServiceHub keeps and shows."""


def api_routes(core: Core, origin: str, page: StartPage) -> list[Route]:
    """The routes under /api, and the health checks."""

    async def businesses(_request: Request) -> Response:
        addresses = [(person.desk.profile.business_id, person.address) for person in people(core, page)]
        listed = [
            {
                **_summary(core.desk(name), origin),
                "sign_in_as": [to for owner, to in addresses if owner == name],
            }
            for name in core.profiles
        ]
        return _json({"businesses": listed})

    async def business(request: Request) -> Response:
        desk = core.desk(request.path_params["business"])
        profile, business_id = desk.profile, desk.profile.business_id
        more = {"today": desk.today, "portal": profile.portal, "staff": profile.staff}
        lists = {name: list(map(_state, core.store.all(business_id, kind))) for name, kind in _LISTS.items()}
        return _json(_summary(desk, origin) | more | lists)

    async def act(request: Request) -> Response:
        business_id = core.desk(request.path_params["business"]).profile.business_id
        action = find_action(request.path_params["action"])
        outcome = await core.act(business_id, action, _values(await request.body()))
        published = [
            {"type": line.name, "id": line.subject} | {name: getattr(line, name) for name in _PLACE}
            for line in outcome.published
        ]
        return _json({"message": outcome.message, "published": published})

    async def ready(_request: Request) -> Response:
        core.require_ready()
        return _json({"status": "ready"})

    async def live(_request: Request) -> Response:
        return _json({"status": "live"})

    return [
        Route("/api/businesses", businesses),
        Route("/api/businesses/{business}", business),
        Route("/api/businesses/{business}/{action}", act, methods=["POST"]),
        VALIDATE,
        Route("/health/ready", ready),
        Route("/health/live", live),
    ]


def _values(body: bytes) -> Mapping[str, object]:
    try:
        return _VALUES.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise BadInput(f"The body is not a JSON object ({error}): send the fields as one.") from None


def _summary(desk: Desk, origin: str) -> dict[str, object]:
    portal_url = f"{origin}/portal/{desk.profile.portal.slug}"
    return {
        "business_id": desk.profile.business_id,
        "slug": desk.profile.portal.slug,
        "name": desk.profile.portal.name,
        "enabled": bool(desk.store.portal(desk.profile.business_id)),
        "portal_url": portal_url,
        "sign_in_url": f"{portal_url}/sign-in",
    }


def _state(row: Row[Event]) -> dict[str, object]:
    fields = {name: getattr(row.state, name) for name in row.state.__struct_fields__}
    return {**fields, "version": row.version, "erased": isinstance(row.state, Erased)}


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
