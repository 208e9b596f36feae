"""A code that comes sealed is opened here alone, and one that cannot be opened is set aside."""

import msgspec
import pytest
from chassis.encryption import Undecipherable, seal
from code_samples import ADDRESS, CODE, PRIVATE, PUBLIC, envelope_of, key_pair
from delivery_world import World, opened
from local_stack.testing.plugin import FreshDatabase
from notifier.domain.delivery import SignInCode
from notifier.sealed_codes import open_code
from sealed_samples import code_request, sealed


def test_a_sealed_code_opens_and_shows_nothing_in_a_log() -> None:
    found = open_code(PRIVATE, sealed(), "email")
    assert found == SignInCode(ADDRESS, CODE)
    assert CODE not in repr(found)


@pytest.mark.parametrize(
    "plain",
    [
        {"to": ADDRESS, "code": "12345"},
        {"to": ADDRESS, "code": "123456\n"},
        {"to": f"{ADDRESS}\r\nBcc: b@example.com", "code": CODE},
        {"to": "customer", "code": CODE},
        {"to": "+819012345678", "code": CODE},
        {"to": ADDRESS},
        [],
    ],
)
def test_what_is_no_address_and_code_does_not_open(plain: object) -> None:
    assert open_code(PRIVATE, seal(PUBLIC, msgspec.json.encode(plain)), "email") is None


def test_a_code_sealed_to_others_or_damaged_does_not_open() -> None:
    _, other = key_pair()
    for text in (sealed(public=other), sealed()[:-2], "k1.zz", "", "k9.00"):
        assert open_code(PRIVATE, text, "email") is None


@pytest.mark.stack
async def test_what_cannot_be_opened_cannot_be_applied(fresh_database: FreshDatabase) -> None:
    _, other = key_pair()
    async with opened(World, await fresh_database("notifier")) as world:
        with pytest.raises(Undecipherable, match="does not open"):
            await world.react(envelope_of(code_request(sealed=sealed(public=other))))
