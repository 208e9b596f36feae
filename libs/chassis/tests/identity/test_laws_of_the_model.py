"""The plain model keeps the laws: whoever is compared with it is compared with something lawful."""

import pytest
from portal_testing.identity import IdentityLaws, LawsOfChanges, ModelIdentity


class TestModel(IdentityLaws, LawsOfChanges):
    @pytest.fixture(params=[True, False])
    def identity(self, request: pytest.FixtureRequest) -> ModelIdentity:
        return ModelIdentity(keeps_living_sessions=request.param)
