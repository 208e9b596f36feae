"""The projection keeps the laws of identity: the same suite as the tables of the other services."""

from dataclasses import dataclass

import pytest
from chassis.identity import SessionToken, SlugOwner, cookie_name
from portal_testing.identity import ROLES, IdentityLaws, Rights
from portal_testing import AT
from portal_read import store
from portal_read.http.viewer import PageViewer, page_viewer, viewer_params
from portal_read.projection import names
from portal_read.projection.tables import tables
from read_side import ReadSide
from rows_digest import Rows
from servicehub_events import Envelope, Role
from sqlalchemy import delete

pytestmark = pytest.mark.stack


@dataclass(frozen=True)
class ProjectionIdentity:
    """An `Identity` over the projector and what pages ask first."""

    side: ReadSide
    keeps_living_sessions: bool = True

    async def empty(self) -> None:
        async with self.side.worker.transaction() as connection:
            for table in tables(names.FIRST).all():
                await connection.execute(delete(table))

    async def apply(self, *batch: Envelope) -> None:
        await self.side.apply_envelopes(batch)

    async def kept(self) -> Rows:
        return await self.side.rows()

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        return await self.side.ctx.read_model.find_slug_owner(slug)

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        cookies = {cookie_name(business_id): self.side.signer.sign(token)} if token else {}
        verified = self.side.ctx.verifier.verify(cookies, business_id)
        params = viewer_params(business_id, verified)
        statement = store.SESSION_ONLY if verified else store.NOBODY
        viewer = page_viewer(verified, await self.side.ctx.read_model.page(business_id, statement, params))
        return viewer and rights_of(viewer)


def rights_of(page: PageViewer) -> Rights:
    viewer = page.viewer
    if viewer.state != "signed_in":
        return Rights(viewer.state)
    roles = frozenset[Role](role for role in ROLES if viewer.may(role))
    return Rights(viewer.state, viewer.customer_id, viewer.contact_id, roles)


class TestProjection(IdentityLaws):
    @pytest.fixture
    def identity(self, side: ReadSide) -> ProjectionIdentity:
        side.now = AT
        return ProjectionIdentity(side)
