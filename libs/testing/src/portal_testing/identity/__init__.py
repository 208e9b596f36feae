"""The laws of identity, one suite for every implementation, and a plain model that keeps them.

class TestTables(IdentityLaws, LawsOfChanges):
    @pytest.fixture
    async def identity(self) -> TablesIdentity: ...  # an empty one; an `Identity` is enough for the former
"""

from portal_testing.identity.interface import ROLES, Identity, ReportingIdentity, Rights
from portal_testing.identity.laws_of_businesses import LawsOfBusinesses
from portal_testing.identity.laws_of_changes import LawsOfChanges
from portal_testing.identity.laws_of_customers import LawsOfCustomers
from portal_testing.identity.laws_of_order import LawsOfOrder
from portal_testing.identity.model import ModelIdentity

__all__ = [
    "ROLES",
    "Identity",
    "IdentityLaws",
    "LawsOfChanges",
    "ModelIdentity",
    "ReportingIdentity",
    "Rights",
]


class IdentityLaws(LawsOfOrder, LawsOfBusinesses, LawsOfCustomers):
    """The laws of every implementation. Those that also report what a batch changed keep `LawsOfChanges`."""
