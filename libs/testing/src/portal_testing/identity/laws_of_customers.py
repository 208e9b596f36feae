"""Access, contacts and their roles, sessions, and erasure."""

from itertools import permutations

import pytest
from servicehub_events import Event, RevocationReason, Role

from portal_testing.envelopes import envelope_of
from portal_testing.identity.interface import (
    ACCESS_OFF,
    ANONYMOUS,
    ROLES,
    SIGNED_IN,
    Identity,
    Rights,
    happens,
)
from portal_testing.identity.samples import business, customer, ended, erased, signed_in, token


class LawsOfCustomers:
    """Access, contacts and their roles, sessions, and erasure."""

    async def test_nobody_signed_in_is_anonymous(self, identity: Identity) -> None:
        await happens(identity, business(), customer())
        assert await identity.rights(None, "b-1") == ANONYMOUS

    async def test_an_unknown_customer_is_anonymous(self, identity: Identity) -> None:
        await happens(identity, business())
        assert await identity.rights(token(), "b-1") == ANONYMOUS

    async def test_a_contact_that_is_gone_has_no_access(self, identity: Identity) -> None:
        await happens(identity, business(), customer(contacts={"co-2": None}))
        assert await identity.rights(token(), "b-1") == ACCESS_OFF

    @pytest.mark.parametrize(
        ("reason", "lost"),
        [
            ("access_withdrawn", customer(access=False)),
            ("contact_removed", customer(contacts={"co-2": None})),
        ],
    )
    async def test_access_given_back_revives_no_ended_session_and_admits_a_new_one(
        self, identity: Identity, reason: RevocationReason, lost: Event
    ) -> None:
        session = signed_in("se-1")
        await happens(identity, business(), session, customer(), lost)
        assert await identity.rights(token("se-1"), "b-1") == ACCESS_OFF
        await identity.apply(envelope_of(ended(session, reason), 9))
        assert await identity.rights(token("se-1"), "b-1") == ACCESS_OFF
        await identity.apply(envelope_of(customer(), 9))
        assert await identity.rights(token("se-1"), "b-1") == ANONYMOUS
        assert await identity.rights(token("se-2"), "b-1") == SIGNED_IN

    @pytest.mark.parametrize("reason", ["signed_out", "signed_out_everywhere", "switched", "address_changed"])
    async def test_a_session_that_ended_is_anonymous_even_without_access(
        self, identity: Identity, reason: RevocationReason
    ) -> None:
        await happens(identity, business(), customer(), ended(signed_in(), reason))
        assert await identity.rights(token(), "b-1") == ANONYMOUS
        await identity.apply(envelope_of(customer(access=False), 9))
        assert await identity.rights(token(), "b-1") == ANONYMOUS

    async def test_a_session_that_nothing_is_known_of_is_good(self, identity: Identity) -> None:
        await happens(identity, business(), customer())
        assert await identity.rights(token("se-unknown"), "b-1") == SIGNED_IN

    async def test_a_session_that_goes_on_is_good(self, identity: Identity) -> None:
        await happens(identity, business(), customer(), signed_in())
        assert await identity.rights(token(), "b-1") == SIGNED_IN

    @pytest.mark.parametrize("other", [{"customer_id": "cu-2"}, {"contact_id": "co-2"}])
    async def test_the_session_of_another_customer_or_contact_is_dead(
        self, identity: Identity, other: dict[str, str]
    ) -> None:
        session = ended(signed_in(**other), "access_withdrawn")
        await happens(identity, business(), customer(access=False), session)
        assert await identity.rights(token(), "b-1") == ANONYMOUS

    @pytest.mark.parametrize(
        ("roles", "held"),
        [
            (None, ROLES),
            ((), ()),
            (("visits",), ("visits",)),
            (("invoices",), ("invoices",)),
            (("pay",), ("invoices", "pay")),
        ],
    )
    async def test_no_roles_are_all_of_them_and_pay_includes_invoices(
        self, identity: Identity, roles: tuple[Role, ...] | None, held: tuple[Role, ...]
    ) -> None:
        await happens(identity, business(), customer(contacts={"co-1": roles}))
        assert await identity.rights(token(), "b-1") == Rights("signed_in", "cu-1", "co-1", frozenset(held))

    @pytest.mark.parametrize("order", list(permutations((3, 5, 7))))
    @pytest.mark.parametrize("together", [True, False])
    async def test_the_erased_stay_erased_and_nothing_of_them_is_left(
        self, identity: Identity, order: tuple[int, ...], together: bool
    ) -> None:
        mine = {"co-erased": None}
        states = {3: customer(contacts=mine), 5: erased(), 7: customer(contacts=mine)}
        batch = [envelope_of(states[version], version) for version in order]
        await identity.apply(envelope_of(business()))
        for part in [batch] if together else [[envelope] for envelope in batch]:
            await identity.apply(*part)
        assert await identity.rights(token(contact_id="co-erased"), "b-1") == ANONYMOUS
        kept = str(await identity.kept())
        assert "co-erased" not in kept
        assert "Sample Customer" not in kept
