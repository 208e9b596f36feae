"""Pay links: what is signed for one business opens there alone, and what was changed opens nothing."""

import secrets

import msgspec
import pytest
from chassis.pay_links import PayLink, may_be_pay_link, read_pay_link, sends_pay_links, sign_pay_link
from chassis.settings import KeyRing
from hypothesis import given
from hypothesis import strategies as st
from servicehub_events import PortalEnabled, as_event
from servicehub_events_tools.testing import samples

OLD, NEW = secrets.token_bytes(32), secrets.token_bytes(32)
KEYS = KeyRing("k1", {"k1": OLD})
LINK = PayLink("in-1", "co-1", 3, 1_790_000_000)
ids = st.text(min_size=1, max_size=64)


@given(ids, ids, ids, st.integers(0, 2**31), st.integers(0, 2**40))
def test_a_link_is_read_as_it_was_signed_and_fits_a_path(
    business: str, invoice: str, contact: str, generation: int, issued_at: int
) -> None:
    link = PayLink(invoice, contact, generation, issued_at)
    token = sign_pay_link(KEYS, business, link)
    assert read_pay_link(KEYS, business, token) == (link if may_be_pay_link(token) else None)


def test_every_usual_id_fits() -> None:
    link = PayLink("i" * 64, "c" * 64, 999, 1_790_000_000)
    assert read_pay_link(KEYS, "b-1", sign_pay_link(KEYS, "b-1", link)) == link


@given(st.data())
def test_a_link_with_one_letter_changed_is_none(data: st.DataObject) -> None:
    token = sign_pay_link(KEYS, "b-1", LINK)
    at = data.draw(st.integers(0, len(token) - 2))  # the last letter of base64 holds bits that say nothing
    letter = data.draw(st.sampled_from("AZaz09-_.").filter(lambda one: one != token[at]))
    assert read_pay_link(KEYS, "b-1", token[:at] + letter + token[at + 1 :]) is None


def test_the_signature_of_one_link_is_no_other_links() -> None:
    one, other = (
        sign_pay_link(KEYS, "b-1", msgspec.structs.replace(LINK, invoice_id=invoice))
        for invoice in ("in-1", "in-2")
    )
    assert read_pay_link(KEYS, "b-1", f"{other.rpartition('.')[0]}.{one.rpartition('.')[2]}") is None


def test_a_link_of_one_business_is_none_of_another() -> None:
    assert read_pay_link(KEYS, "b-2", sign_pay_link(KEYS, "b-1", LINK)) is None


@pytest.mark.parametrize("text", ["", ".", "x", "a" * 600, "é", "W10.", "../x", "a b", "\x00", "%00"])
def test_what_is_no_link_is_none(text: str) -> None:
    assert read_pay_link(KEYS, "b-1", text) is None


def test_a_signature_has_256_bits() -> None:
    assert len(sign_pay_link(KEYS, "b-1", LINK).rpartition(".")[2]) == 43


def test_keys_are_rotated_without_a_link_that_dies_and_end_all_links_when_they_go() -> None:
    token = sign_pay_link(KEYS, "b-1", LINK)
    assert read_pay_link(KeyRing("k2", {"k2": NEW, "k1": OLD}), "b-1", token) == LINK
    assert read_pay_link(KeyRing("k2", {"k2": NEW}), "b-1", token) is None


@pytest.mark.parametrize(
    ("changes", "sends"),
    [
        ({}, True),
        ({"pay_links": False}, False),
        ({"second_proof_to_pay": True}, False),
        ({"stripe_account": None}, False),
    ],
)
def test_mails_carry_links_where_a_mail_is_proof_enough(changes: dict[str, object], sends: bool) -> None:
    business = as_event(PortalEnabled, samples.business(), **{"stripe_account": "acct_1", **changes})
    assert sends_pay_links(business) is sends
