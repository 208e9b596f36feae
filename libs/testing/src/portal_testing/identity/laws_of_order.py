"""The same log gives the same rows, whatever way it takes."""

import random

import pytest

from portal_testing.envelopes import envelope_of
from portal_testing.identity.interface import ANONYMOUS, SIGNED_IN, Identity
from portal_testing.identity.model import ModelIdentity
from portal_testing.identity.samples import business, customer, token
from portal_testing.identity.walks import SEEDS, answers, history, in_batches


class LawsOfOrder:
    """The same log gives the same rows, whatever way it takes."""

    async def test_order_batches_and_repeats_change_neither_rows_nor_answers(
        self, identity: Identity
    ) -> None:
        for seed in range(SEEDS):
            dice = random.Random(seed)
            log = history(dice)
            model = ModelIdentity(keeps_living_sessions=identity.keeps_living_sessions)
            await model.apply(*log)
            rows: list[object] = []
            for way in (log, dice.sample(log, len(log))):
                await identity.empty()
                for batch in in_batches(dice, way):
                    await identity.apply(*batch)
                rows.append(await identity.kept())
            assert rows[0] == rows[1], f"seed {seed}"
            assert await answers(identity) == await answers(model), f"seed {seed}"

    @pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
    @pytest.mark.parametrize("together", [True, False])
    async def test_the_highest_version_wins_within_a_batch_too(
        self, identity: Identity, order: tuple[int, ...], together: bool
    ) -> None:
        states = {
            1: (business(generation=1), customer(access=False)),
            2: (business(generation=2), customer(contacts={})),
            3: (business(generation=3), customer()),
        }
        batch = [envelope_of(event, version) for version in order for event in states[version]]
        for part in [batch] if together else [[envelope] for envelope in batch]:
            await identity.apply(*part)
        assert await identity.rights(token(generation=2), "b-1") == ANONYMOUS
        assert await identity.rights(token(generation=3), "b-1") == SIGNED_IN
