"""Controls from a terminal: the same table as the pages and the tests' client."""

import msgspec
import pytest
from stand_in_stripe.command import NoSuchControl, read, usage
from stand_in_stripe.controls import CONTROLS


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (["sessions/cs_1/pay", "card=4000000000000002"], {"card": "4000000000000002", "method": "card"}),
        (["sessions/cs_1/refund", "amount=1000"], {"amount": 1000, "status": "succeeded"}),
        (["sessions/cs_1/close-dispute", "won=true"], {"won": True}),
        (["clock", "seconds=86400"], {"seconds": 86_400}),
        (["faults/clear"], {}),
    ],
)
def test_what_is_typed_is_sent_as_the_control_wants_it(arguments: list[str], sent: dict[str, object]) -> None:
    path, body = read(arguments)
    assert path == arguments[0]
    assert msgspec.json.decode(body, type=dict[str, object]).items() >= sent.items()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sessions/cs_1/dance"], "is no control"),
        (["clock"], "clock seconds=…"),
        (["clock", "seconds=soon"], "Expected `int`"),
        (["sessions/cs_1/refund", "colour=red"], "unknown field"),
    ],
)
def test_what_does_not_fit_says_what_does(arguments: list[str], told: str) -> None:
    with pytest.raises(NoSuchControl, match=told):
        read(arguments)


def test_every_control_is_listed() -> None:
    assert [line.partition(" ")[0] for line in usage().splitlines()] == [control.path for control in CONTROLS]
