"""States at rest: each opens in its own row alone, and only what finds a row lies beside it in plain."""

from typing import cast

import pytest
from chassis.encryption import Undecipherable
from chassis.settings import KeyRing
from chassis.settings.new_keys import new_ring
from portal_read.projection.sealed_states import StateCipher
from portal_read.projection.tables import tables
from portal_read.reactions import Row, rows_of
from servicehub_events import CustomerRegistered, as_event, encode_event
from servicehub_events_tools.testing import samples

CUSTOMER = as_event(CustomerRegistered, samples.customer())
OLD, NEW = new_ring("old"), new_ring("new")
CIPHER = StateCipher.of(KeyRing.parse(OLD))
IN_PLAIN = {
    *("business_id", "id", "version", "customer_id", "contact_id", "invoice_id", "payment_id", "slug"),
    "enabled",
    *("revoked", "status", "starts_at", "ends_at", "invoice_ids", "appointment_ids"),
    *("issued_on", "due_on", "owed", "overpaid", "covered", "in_credit"),
}
PLACE = ("customers", samples.BUSINESS, samples.CUSTOMER, 7)


def stored(cipher: StateCipher) -> bytes:
    ((table, row),) = rows_of(CUSTOMER, 7)
    return bytes.fromhex(cast(str, cipher.sealed(table, row)["state"]).removeprefix("\\x"))


def test_a_state_opens_in_its_own_row() -> None:
    assert CIPHER.open(*PLACE, stored(CIPHER)) == encode_event(CUSTOMER)


@pytest.mark.parametrize(
    "place",
    [
        ("invoices", samples.BUSINESS, samples.CUSTOMER, 7),
        ("customers", "b-2", samples.CUSTOMER, 7),
        ("customers", samples.BUSINESS, "cu-2", 7),
        ("customers", samples.BUSINESS, samples.CUSTOMER, 8),
    ],
    ids=["another table", "another business", "another customer", "another version"],
)
def test_a_state_that_was_moved_does_not_open(place: tuple[str, str, str, int]) -> None:
    with pytest.raises(Undecipherable):
        CIPHER.open(*place, stored(CIPHER))


def test_while_keys_rotate_the_former_one_opens_and_the_new_one_writes() -> None:
    both = StateCipher.of(KeyRing.parse(f"{NEW},{OLD}"))
    assert both.open(*PLACE, stored(CIPHER)) == encode_event(CUSTOMER)
    with pytest.raises(Undecipherable):
        CIPHER.open(*PLACE, stored(both))


def test_a_tombstone_has_nothing_to_encrypt() -> None:
    tombstone: Row = {"business_id": "b-1", "id": "ap-1", "version": 3}
    assert CIPHER.sealed("appointments", tombstone) == tombstone


def test_only_what_finds_a_row_lies_in_plain() -> None:
    columns = {column.name for table in tables("s").all() for column in table.columns}
    assert columns - {"state"} == IN_PLAIN
