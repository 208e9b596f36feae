"""The tables keep the laws, on real PostgreSQL."""

import pytest
from portal_testing.identity import IdentityLaws, LawsOfChanges

from .tables_identity import TablesIdentity

pytestmark = pytest.mark.stack


class TestTables(IdentityLaws, LawsOfChanges):
    @pytest.fixture
    def identity(self, tables: TablesIdentity) -> TablesIdentity:
        return tables
