"""What an implementation says that a batch changed, and for how long it remembers."""

import random
from datetime import timedelta

import pytest
from chassis.identity import ErasedCustomer

from portal_testing.envelopes import envelope_of
from portal_testing.identity.interface import ANONYMOUS, SIGNED_IN, ReportingIdentity, happens
from portal_testing.identity.model import ModelIdentity
from portal_testing.identity.samples import EXPIRES, business, customer, ended, erased, signed_in, token
from portal_testing.identity.walks import SEEDS, history, in_batches


class LawsOfChanges:
    """What a `ReportingIdentity` says of a batch, and for how long it remembers."""

    async def test_what_is_lost_and_regained_in_one_batch_is_lost(self, identity: ReportingIdentity) -> None:
        before, lost, regained = customer(), customer(access=False), customer()
        await identity.changes(envelope_of(before, 1))
        batch = [envelope_of(lost, 2), envelope_of(regained, 3)]
        assert list((await identity.changes(*reversed(batch))).newer) == batch

    async def test_what_is_no_newer_than_what_is_known_changes_nothing(
        self, identity: ReportingIdentity
    ) -> None:
        await identity.changes(envelope_of(customer(), 5))
        changes = await identity.changes(
            envelope_of(customer(access=False), 4), envelope_of(customer(access=False), 5)
        )
        assert (list(changes.newer), list(changes.erased)) == ([], [])

    async def test_an_erasure_is_newer_once_and_names_the_contacts_known_until_then(
        self, identity: ReportingIdentity
    ) -> None:
        await identity.changes(envelope_of(customer(contacts={"co-1": None}), 5))
        last, gone = envelope_of(customer(contacts={"co-2": ()}), 6), envelope_of(erased(), 7)
        changes = await identity.changes(last, gone, gone)
        assert list(changes.newer) == [last, gone]
        assert list(changes.erased) == [ErasedCustomer("b-1", "cu-1", frozenset({"co-1", "co-2"}))]
        again = await identity.changes(gone, envelope_of(customer(), 8))
        assert (list(again.newer), list(again.erased)) == ([], [])

    @pytest.mark.parametrize("version", [2, 9])
    async def test_an_erasure_is_the_last_of_its_customer_whatever_its_version(
        self, identity: ReportingIdentity, version: int
    ) -> None:
        await identity.changes(envelope_of(customer(), 5))
        gone, later = envelope_of(erased(), version), envelope_of(customer(), 10)
        assert list((await identity.changes(later, gone)).newer) == [gone]

    async def test_changes_are_those_of_the_model(self, identity: ReportingIdentity) -> None:
        for seed in range(SEEDS):
            dice, model = random.Random(seed), ModelIdentity(keeps_living_sessions=False)
            await identity.empty()
            for batch in in_batches(dice, history(dice)):
                assert await identity.changes(*batch) == await model.changes(*batch), f"seed {seed}"

    async def test_the_end_of_a_session_is_kept_until_its_token_has_expired(
        self, identity: ReportingIdentity
    ) -> None:
        await happens(identity, business(), customer(), ended(signed_in()))
        await identity.forget_session_ends(EXPIRES)
        assert await identity.rights(token(), "b-1") == ANONYMOUS
        await identity.forget_session_ends(EXPIRES + timedelta(seconds=1))
        assert await identity.rights(token(), "b-1") == SIGNED_IN
