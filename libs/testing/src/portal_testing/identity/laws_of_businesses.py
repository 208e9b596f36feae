"""Slugs, the switch of a portal, and the wall between two businesses."""

import pytest
from chassis.identity import SlugOwner

from portal_testing.envelopes import envelope_of
from portal_testing.identity.interface import ANONYMOUS, PORTAL_OFF, SIGNED_IN, Identity, happens
from portal_testing.identity.samples import business, customer, ended, erased, signed_in, token


class LawsOfBusinesses:
    """Slugs, the switch of a portal, and the wall between two businesses."""

    async def test_a_former_slug_leads_home_until_another_business_takes_it(self, identity: Identity) -> None:
        await happens(identity, business("b-1", "old"), business("b-1", "new", "old"))
        assert await identity.slug_owner("new") == SlugOwner("b-1", "new")
        assert await identity.slug_owner("old") == SlugOwner("b-1", "new")
        await happens(identity, business("b-2", "old"))
        assert await identity.slug_owner("old") == SlugOwner("b-2", "old")
        assert await identity.slug_owner("nowhere") is None

    @pytest.mark.parametrize("order", [("b-1", "b-2"), ("b-2", "b-1")])
    async def test_a_present_slug_beats_a_former_one_whatever_comes_first(
        self, identity: Identity, order: tuple[str, str]
    ) -> None:
        states = {"b-1": business("b-1", "new", "old"), "b-2": business("b-2", "old")}
        await happens(identity, *(states[business_id] for business_id in order))
        assert await identity.slug_owner("old") == SlugOwner("b-2", "old")

    async def test_of_two_with_the_same_former_slug_the_lower_id_has_it(self, identity: Identity) -> None:
        await happens(identity, business("b-2", "two", "old"), business("b-1", "one", "old"))
        assert await identity.slug_owner("old") == SlugOwner("b-1", "one")

    async def test_a_slug_that_was_given_up_for_good_leads_nowhere(self, identity: Identity) -> None:
        await happens(identity, business("b-1", "old"), business("b-1", "new"))
        assert await identity.slug_owner("old") is None

    async def test_an_unknown_business_has_no_viewers(self, identity: Identity) -> None:
        assert await identity.rights(token(), "b-1") is None

    async def test_nobody_is_let_in_while_the_portal_is_off(self, identity: Identity) -> None:
        await happens(identity, customer(), business(enabled=False))
        for asked in (None, token(), token(generation=9)):
            assert await identity.rights(asked, "b-1") == PORTAL_OFF

    async def test_a_token_of_a_former_generation_is_dead_also_when_the_portal_is_on_again(
        self, identity: Identity
    ) -> None:
        await happens(identity, customer(), business(enabled=False, generation=2), business(generation=2))
        assert await identity.rights(token(generation=1), "b-1") == ANONYMOUS
        assert await identity.rights(token(generation=2), "b-1") == SIGNED_IN

    async def test_one_business_token_is_nobody_at_another(self, identity: Identity) -> None:
        for key, slug in (("b-1", "one"), ("b-2", "two")):
            await happens(identity, business(key, slug), customer(business_id=key))
        assert await identity.rights(token(business_id="b-1"), "b-2") == ANONYMOUS
        assert await identity.rights(token(business_id="b-2"), "b-2") == SIGNED_IN

    async def test_equal_ids_in_two_businesses_never_mix(self, identity: Identity) -> None:
        for key, slug in (("b-1", "one"), ("b-2", "two")):
            await happens(
                identity, business(key, slug), customer(business_id=key), signed_in(business_id=key)
            )
        await identity.apply(envelope_of(ended(signed_in(business_id="b-2")), 9))
        assert await identity.rights(token(business_id="b-1"), "b-1") == SIGNED_IN
        assert await identity.rights(token(business_id="b-2"), "b-2") == ANONYMOUS
        await identity.apply(envelope_of(erased(business_id="b-2"), 9))
        assert await identity.rights(token(business_id="b-1"), "b-1") == SIGNED_IN
