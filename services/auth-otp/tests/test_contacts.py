"""What is stored of contacts, and how it outlives a rotation of keys."""

import pytest
from auth_otp.domain.addresses import Address
from auth_otp.domain.contacts import ContactRow, contact_rows, known_indexes, rewritten, with_faults
from auth_otp.domain.stored_addresses import AddressKeys, StoredAddress
from chassis.encryption import BlindIndex, FieldCipher, Undecipherable
from chassis.settings import KeyRing
from msgspec.structs import replace
from portal_testing.envelopes import envelope_of
from servicehub_events import Contact, Customer, CustomerErased, CustomerRevised, as_event
from servicehub_events_tools.testing import samples

OLD_RING, NEW_RING = {"o": bytes(range(32))}, {"n": bytes(range(32, 64))}
EMAIL, PHONE = Address.known("a@example.com"), Address.known("+819012345678")


def keys(*rings: dict[str, bytes]) -> AddressKeys:
    ring = KeyRing(next(iter(rings[0])), {kid: key for ring in rings for kid, key in ring.items()})
    return AddressKeys(FieldCipher(ring), BlindIndex(ring))


OLD, BOTH, NEW = keys(OLD_RING), keys(NEW_RING, OLD_RING), keys(NEW_RING)


def customer(*contacts: Contact, customer_id: str = "cu-1", **changes: object) -> Customer:
    same = {"business_id": "b-1", "customer_id": customer_id, "contacts": contacts, "locale": "ja"}
    return as_event(CustomerRevised, samples.customer(), **{**same, **changes})


def contact(email: str | None = "A@Example.com", phone: str | None = None) -> Contact:
    return Contact(contact_id="co-1", name="Hanako", email=email, phone=phone)


def row_of(contact: Contact, keys: AddressKeys = OLD) -> ContactRow:
    (row,) = contact_rows(envelope_of(customer(contact), 7), keys)
    return row


def test_an_address_is_kept_encrypted_in_the_form_that_typed_ones_take() -> None:
    row = row_of(contact(phone="+81 90-1234-5678"))
    assert (row.business_id, row.customer_id, row.contact_id, row.version) == ("b-1", "cu-1", "co-1", 7)
    assert row.email_cipher and row.phone_cipher
    assert (OLD.read(row.email_cipher, row.place), OLD.read(row.phone_cipher, row.place)) == (EMAIL, PHONE)
    assert row.email_index == OLD.index.current("b-1", "a@example.com")


@pytest.mark.parametrize("unusable", [None, "", "nobody", "090-1234-5678"])
def test_an_address_that_nobody_could_type_is_not_kept(unusable: str | None) -> None:
    row = row_of(contact(unusable, unusable))
    assert (row.email_cipher, row.email_index, row.phone_cipher, row.phone_index) == (None, None, None, None)


def test_an_address_that_nobody_could_type_is_a_fault_of_the_contact() -> None:
    row = row_of(contact("nobody", "+819012345678"))
    assert (row.email_fault, row.phone_fault) == ("unusable", None)


def test_what_was_found_out_about_an_address_is_kept_while_the_contact_has_it() -> None:
    before = replace(row_of(contact(phone="+819012345678")), email_fault="mailbox_unavailable")
    kept = with_faults(row_of(contact(phone="+819087654321")), replace(before, phone_fault="opted_out"))
    assert (kept.email_fault, kept.phone_fault) == ("mailbox_unavailable", None)
    assert with_faults(row_of(contact()), None).email_fault is None


@pytest.mark.parametrize(("own", "kept"), [("en", "en"), (None, "ja")])
def test_a_contact_without_a_language_has_its_customers(own: str | None, kept: str) -> None:
    row = row_of(Contact(contact_id="co-1", name="Hanako", email="a@example.com", locale=own))
    assert row.locale == kept


@pytest.mark.parametrize(
    "event",
    [
        customer(contact(), portal_access=False),
        CustomerErased(business_id="b-1", customer_id="cu-1"),
        customer(),
    ],
)
def test_of_whom_nobody_is_let_in_nothing_is_kept(event: Customer | CustomerErased) -> None:
    assert contact_rows(envelope_of(event, 7), OLD) == []


def test_an_address_moved_elsewhere_is_garbage() -> None:
    row = row_of(contact())
    assert row.email_cipher
    assert OLD.read(row.email_cipher, "contacts/b-1/cu-1/another") is None


def test_an_address_is_known_under_every_accepted_index_the_current_one_first() -> None:
    row = row_of(contact(phone="+819012345678"))
    assert list(known_indexes(row, BOTH)) == [
        BOTH.index.accepted("b-1", EMAIL.value),
        BOTH.index.accepted("b-1", PHONE.value),
    ]
    assert next(known_indexes(row, BOTH))[0] == NEW.index.current("b-1", EMAIL.value)


def test_an_address_whose_key_is_gone_is_known_under_what_is_stored() -> None:
    row = row_of(contact())
    assert list(known_indexes(row, NEW)) == [[row.email_index]]


def test_a_contact_written_anew_needs_the_old_key_no_more() -> None:
    new = rewritten(row_of(contact(phone="+819012345678")), BOTH)
    assert new.email_cipher and new.phone_cipher
    assert (NEW.read(new.email_cipher, new.place), NEW.read(new.phone_cipher, new.place)) == (EMAIL, PHONE)
    assert (new.email_index, new.phone_index) == (
        NEW.index.current("b-1", EMAIL.value),
        NEW.index.current("b-1", PHONE.value),
    )


def test_an_absent_address_stays_absent() -> None:
    new = rewritten(row_of(contact(None)), BOTH)
    assert (new.email_cipher, new.email_index, new.phone_cipher, new.phone_index) == (None, None, None, None)


def test_a_key_that_was_retired_too_early_is_an_error() -> None:
    with pytest.raises(Undecipherable):
        rewritten(row_of(contact()), NEW)


def test_what_the_current_keys_wrote_begins_with_their_ids() -> None:
    stored, prefixes = BOTH.stored("b-1", EMAIL, "here"), BOTH.current_prefixes
    assert stored.index.startswith(prefixes.index)
    assert stored.cipher.startswith(prefixes.cipher)
    old = OLD.stored("b-1", EMAIL, "here")
    assert not old.index.startswith(prefixes.index)
    assert not old.cipher.startswith(prefixes.cipher)


def test_the_same_address_at_another_business_has_another_index() -> None:
    assert OLD.stored("b-1", EMAIL, "here").index != OLD.stored("b-2", EMAIL, "here").index
    assert isinstance(OLD.stored("b-1", EMAIL, "here"), StoredAddress)
