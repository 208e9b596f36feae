"""Routes: thin, no SQL. Settings come in with a bearer key; published files go out to anybody."""

import asyncio
from typing import Annotated

import msgspec
from chassis.database.database import Database
from chassis.events_out.event_store import EventStore
from chassis.settings.base import Secret
from chassis.web import NotFound, read_body
from fastapi import APIRouter, Depends, Path, Request, Response
from servicehub_events import Business

from branding import logo, queries
from branding.assets import FileName
from branding.commands import Command, DisablePortal, EnablePortal
from branding.handlers import handle
from branding.requests import require_json, requires_key
from branding.schemas import read_branding

_MAX_JSON_BYTES = 65_536
_FOR_EVER = "public, max-age=31536000, immutable"
_PICTURES_AT_ONCE = 2  # each may take 64 MB while it is decoded

BusinessId = Annotated[str, Path(pattern=r"^[^/\x00-\x1f\x7f]{1,64}$")]


def settings_routes(database: Database, store: EventStore, key: Secret) -> APIRouter:
    """What ServiceHub's settings page calls. Every answer is the resulting state, as its event carries it."""
    router = APIRouter(prefix="/branding/businesses/{business_id}", dependencies=[Depends(requires_key(key))])
    decoding = asyncio.Semaphore(_PICTURES_AT_ONCE)

    async def outcome(command: Command) -> Response:
        return _state(await handle(command, database, store))

    @router.get("")
    async def read(business_id: BusinessId) -> Response:
        return _state(await queries.business(business_id, database, store))

    @router.put("")
    async def revise(business_id: BusinessId, request: Request) -> Response:
        require_json(request)
        body = await read_body(request, limit=_MAX_JSON_BYTES)
        return await outcome(read_branding(body, business_id))

    @router.put("/logo")
    async def set_logo(business_id: BusinessId, request: Request) -> Response:
        body = await read_body(request, limit=logo.MAX_BYTES)
        async with decoding:
            command = await asyncio.to_thread(logo.prepare, business_id, body)
        return await outcome(command)

    @router.post("/enable")
    async def enable(business_id: BusinessId) -> Response:
        return await outcome(EnablePortal(business_id))

    @router.post("/disable")
    async def disable(business_id: BusinessId) -> Response:
        return await outcome(DisablePortal(business_id))

    _ = (read, revise, set_logo, enable, disable)
    return router


def public_routes(database: Database) -> APIRouter:
    """Themes and pictures. Their names change with their content, so they are never asked for twice."""
    router = APIRouter()

    @router.api_route("/branding/{slug}/{file}", methods=["GET", "HEAD"])
    async def published(slug: str, file: str) -> Response:
        wanted = FileName.parse(file)
        if wanted is None:
            raise NotFound
        found = await queries.asset(slug, wanted, database)
        return Response(
            found.body,
            headers={
                "Content-Type": found.content_type,
                "Cache-Control": _FOR_EVER,
                "Cross-Origin-Resource-Policy": "cross-origin",  # web mail shows the logo on its own origin
            },
        )

    _ = published
    return router


def _state(state: Business) -> Response:
    return Response(
        msgspec.json.encode(state), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
