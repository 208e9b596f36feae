"""The whole life of some invoices: whatever happens in whatever order, pages say what Stripe's books hold.

`HYPOTHESIS_PROFILE=deep` lives hundreds of lives. With `-s` it says how many, and what happened in them.
"""

import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from portal_testing.stack import Servers

from .invoice_life import Bench, Life
from .life_steps import AMOUNTS, STEPS, issued

pytestmark = pytest.mark.stack
_VALUES_A_LIFE = 10
"""A life takes as long as so many examples of a law about values."""


class Lives(RuleBasedStateMachine):
    """One customer's invoices; `bench` is set by the test."""

    bench: ClassVar[Bench]
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.bench.run(self.bench.empty())
        self.life = Life(self.bench)
        self.bench.run(self.life.begin())
        self.bench.run(self.life.tell(issued("in-1", AMOUNTS[-2])))

    @rule(step=st.sampled_from(STEPS), dice=st.randoms(use_true_random=False))
    def happen(self, step: Callable[[Life, Random], Coroutine[Any, Any, None]], dice: Random) -> None:
        """Whatever happens, no invoice can be paid on two pages."""
        self.life.happened.append(f"step: {step.__name__}")
        self._judged(step(self.life, dice))
        self._judged(self.life.check_claims())

    def teardown(self) -> None:
        """Days later nothing is stuck, and once every account can be seen, all is known."""
        self._judged(self._end())
        self.happened.update([*self.life.happened, "lives"])

    def _judged(self, what: Coroutine[Any, Any, None]) -> None:
        try:
            self.bench.run(what)
        except AssertionError as error:
            error.add_note(", ".join(self.life.happened))
            raise

    async def _end(self) -> None:
        life = self.life
        for days in (0.1, 3, 3, 3):
            await life.work(days=days)
            await life.work(minutes=31)
        await life.check_ended()
        await life.connect()
        for days in (0.1, 3, 4):
            await life.work(days=days)
            await life.work(minutes=31)
        await life.clear_all()
        await life.work(hours=2)
        await life.check_ended()
        await life.check_claims()
        await life.check_money()


def test_pages_say_what_stripes_books_hold_whatever_happens_in_whatever_order(servers: Servers) -> None:
    Lives.bench = Bench(servers)
    Lives.happened.clear()
    lives = settings(
        max_examples=max(4, settings().max_examples // _VALUES_A_LIFE),
        stateful_step_count=40,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        phases=[Phase.reuse, Phase.generate],  # to make a life shorter takes as many lives again
    )
    try:
        run_state_machine_as_test(Lives, settings=lives)
    finally:
        Lives.bench.close()
        sys.stdout.write(f"{dict(Lives.happened.most_common())}\n")
