"""The projection keeps the laws of identity: the same suite as the tables of the other services."""

from collections.abc import AsyncGenerator

import pytest
from chassis.identity import SessionToken, SlugOwner, cookie_name
from portal_read import store
from portal_read.http.viewer import PageViewer, page_viewer, viewer_params
from portal_testing.clock import AT
from portal_testing.identity import ROLES, IdentityLaws, Rights
from portal_testing.stack import Servers
from portal_world import World
from rows_digest import Rows
from servicehub_events import Role

pytestmark = pytest.mark.stack


class ProjectionIdentity(World):
    """An `Identity` over the projector and what pages ask first."""

    keeps_living_sessions = True

    async def kept(self) -> Rows:
        return await self.projected()

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        return await self.web.read_model.find_slug_owner(slug)

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        cookies = {cookie_name(business_id): self.signer.sign(token)} if token else {}
        verified = self.web.verifier.verify(cookies, business_id)
        params = viewer_params(business_id, verified)
        statement = store.SESSION_ONLY if verified else store.NOBODY
        viewer = page_viewer(verified, await self.web.read_model.page(business_id, statement, params))
        return viewer and rights_of(viewer)


def rights_of(page: PageViewer) -> Rights:
    viewer = page.viewer
    if viewer.state != "signed_in":
        return Rights(viewer.state)
    roles = frozenset[Role](role for role in ROLES if viewer.may(role))
    return Rights(viewer.state, viewer.customer_id, viewer.contact_id, roles)


class TestProjection(IdentityLaws):
    @pytest.fixture
    async def identity(self, servers: Servers) -> AsyncGenerator[ProjectionIdentity]:
        async with ProjectionIdentity.fresh(servers) as identity:
            identity.clock.now = AT
            yield identity
