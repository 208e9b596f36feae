"""The JSON API, used by `send` and by tests."""

from collections.abc import Mapping

import msgspec
from servicehub_events import Erased, Event
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.core import Core, Outcome
from stand_in_servicehub.errors import BadInput, Unknown
from stand_in_servicehub.profile import Profile
from stand_in_servicehub.rows import PaymentRow, Row

_VALUES = msgspec.json.Decoder(dict[str, object])


def api_routes(core: Core, public_origin: str) -> list[Route]:
    """The routes under /api, and the health checks."""

    async def businesses(_request: Request) -> Response:
        listed = [_summary(core, profile, public_origin) for profile in core.profiles.values()]
        return _json({"businesses": listed})

    async def business(request: Request) -> Response:
        profile = core.profile(request.path_params["business"])
        return _json(_full(core, profile, public_origin))

    async def act(request: Request) -> Response:
        profile, name = core.profile(request.path_params["business"]), request.path_params["action"]
        if name not in ACTIONS:
            raise Unknown(f"There is no action {name!r}. There are: {', '.join(ACTIONS)}.")
        outcome = await ACTIONS[name](core, profile, _values(await request.body()))
        return _json(_told(outcome))

    async def ready(_request: Request) -> Response:
        core.require_ready()
        return _json({"status": "ready"})

    async def live(_request: Request) -> Response:
        return _json({"status": "live"})

    return [
        Route("/api/businesses", businesses),
        Route("/api/businesses/{business}", business),
        Route("/api/businesses/{business}/{action}", act, methods=["POST"]),
        Route("/health/ready", ready),
        Route("/health/live", live),
    ]


def _values(body: bytes) -> Mapping[str, object]:
    try:
        return _VALUES.decode(body or b"{}")
    except msgspec.DecodeError as error:
        raise BadInput(f"The body is not a JSON object ({error}): send the fields as one.") from None


def _summary(core: Core, profile: Profile, public_origin: str) -> dict[str, object]:
    portal_url = f"{public_origin}/portal/{profile.portal.slug}"
    return {
        "business_id": profile.business_id,
        "slug": profile.portal.slug,
        "name": profile.portal.name,
        "enabled": bool(core.store.portal(profile.business_id)),
        "portal_url": portal_url,
        "sign_in_url": f"{portal_url}/sign-in",
    }


def _full(core: Core, profile: Profile, public_origin: str) -> dict[str, object]:
    business_id = profile.business_id
    return {
        **_summary(core, profile, public_origin),
        "today": core.today(profile),
        "portal": profile.portal,
        "staff": profile.staff,
        "customers": [_state(row) for row in core.store.all(business_id, "customer")],
        "appointments": [_state(row) for row in core.store.all(business_id, "appointment")],
        "invoices": [_state(row) for row in core.store.all(business_id, "invoice")],
        "payments": [_payment(row) for row in core.store.payments(business_id)],
    }


def _state(row: Row) -> dict[str, object]:
    return {**_fields(row.state), "version": row.version, "erased": isinstance(row.state, Erased)}


def _payment(row: PaymentRow) -> dict[str, object]:
    return {**_fields(row.payment), "version": row.version}


def _fields(state: Event) -> dict[str, object]:
    return {name: getattr(state, name) for name in state.__struct_fields__}


def _told(outcome: Outcome) -> dict[str, object]:
    published = [
        {
            "type": line.name,
            "id": line.subject,
            "version": line.version,
            "topic": line.topic,
            "partition": line.partition,
        }
        for line in outcome.published
    ]
    return {"message": outcome.message, "published": published}


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
