"""The projection keeps the laws of identity: the same suite as the tables of the other services."""

from dataclasses import dataclass

import pytest
from chassis.identity import SessionToken, SlugOwner, cookie_name
from local_stack.testing.identity import ROLES, IdentityLaws, Rights
from local_stack.testing.identity.samples import AT
from portal_read import digest, projections, queries
from portal_read.access import Visitor, judge, params_of
from portal_read.pages import PageContext
from portal_read.tables import tables
from read_side import ReadSide
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
            for table in tables(projections.FIRST).all():
                await connection.execute(delete(table))

    async def apply(self, *batch: Envelope) -> None:
        await self.side.apply_envelopes(batch)

    async def rows(self) -> digest.Rows:
        return await self.side.rows()

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        rows = await self.side.portal.read_model.anonymous(queries.SLUG, {"slug": slug})
        return SlugOwner(*rows[0]) if rows else None

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        cookies = {cookie_name(business_id): self.side.signer.sign(token)} if token else {}
        verified = self.side.portal.verifier.verify(cookies, business_id)
        params = params_of(business_id, verified)
        statement = queries.SESSION_ONLY if verified else queries.NOBODY
        visitor = judge(verified, await self.side.portal.read_model.page(business_id, statement, params))
        return visitor and rights_of(visitor)


def rights_of(visitor: Visitor) -> Rights:
    if visitor.customer is None or visitor.contact is None:
        return Rights(visitor.standing)
    page = PageContext(visitor.business, "en", AT, "/", contact=visitor.contact)
    roles = frozenset[Role](role for role in ROLES if page.may_see(role))
    return Rights(visitor.standing, visitor.customer.customer_id, visitor.contact.contact_id, roles)


class TestProjection(IdentityLaws):
    @pytest.fixture
    def identity(self, side: ReadSide) -> ProjectionIdentity:
        side.now = AT
        return ProjectionIdentity(side)
