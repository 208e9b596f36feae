"""Every case of who is asking, one by one: from a token, a business, a customer and a session."""

from datetime import UTC, datetime
from itertools import product

import msgspec
import pytest
from chassis.identity import CustomerAccess, KnownSession, Viewer, needs_second_proof, who_is_asking
from portal_testing.envelopes import envelope_of
from portal_testing.identity import ROLES, ModelIdentity, Rights
from portal_testing.identity.samples import business, customer, ended, signed_in, token
from servicehub_events import Business, Customer, RevocationReason, Role, Session

BUSINESSES = [business(enabled=on, generation=2) for on in (True, False)]
TOKENS = [None, token(business_id="b-2", generation=2), *(token(generation=number) for number in (1, 2, 3))]
CUSTOMERS = [
    None,
    *(customer(access=on, contacts={key: None}) for on in (True, False) for key in ("co-1", "co-2")),
]
REASONS: tuple[RevocationReason, ...] = (
    "signed_out",
    "signed_out_everywhere",
    "switched",
    "access_withdrawn",
    "contact_removed",
    "address_changed",
    "customer_erased",
)
LIVING = [signed_in(), signed_in(customer_id="cu-2"), signed_in(contact_id="co-2")]
SESSIONS = [None, *LIVING, *(ended(session, reason) for session in LIVING for reason in REASONS)]


@pytest.mark.parametrize("state", BUSINESSES, ids=("on", "off"))
async def test_every_case_is_judged_as_the_model_judges_it(state: Business) -> None:
    for held, known, session in product(TOKENS, CUSTOMERS, SESSIONS):
        model = ModelIdentity(keeps_living_sessions=True)
        await model.apply(*(envelope_of(event) for event in (state, known, session) if event))
        viewer = who_is_asking(held, state, known and access_of(known), session and session_of(session))
        assert Rights.of(viewer) == await model.rights(held, "b-1"), (held, known, session)


def access_of(known: Customer) -> CustomerAccess:
    return CustomerAccess(
        known.portal_access, {contact.contact_id: contact.roles for contact in known.contacts}
    )


def session_of(session: Session) -> KnownSession:
    over = session.revoked_at is not None
    return KnownSession(session.customer_id, session.contact_id, over, session.reason)


def test_a_session_whose_owner_is_not_known_any_more_is_dead() -> None:
    known = CustomerAccess(portal_access=False, contacts={})
    session = KnownSession(None, None, ended=True, reason="access_withdrawn")
    assert who_is_asking(token(), business(), known, session) == Viewer("anonymous")


@pytest.mark.parametrize("role", ROLES)
def test_a_viewer_who_is_not_signed_in_may_nothing(role: Role) -> None:
    assert not Viewer("access_off", "cu-1", "co-1", roles=None).may(role)


@pytest.mark.parametrize(
    ("asked", "confirmed_until", "needed"),
    [(False, 0, False), (True, 0, True), (True, 999, True), (True, 1000, True), (True, 1001, False)],
)
def test_a_second_proof_counts_until_its_time_and_where_the_business_asks(
    asked: bool, confirmed_until: int, needed: bool
) -> None:
    state = msgspec.structs.replace(business(), second_proof_to_pay=asked)
    held = msgspec.structs.replace(token(), confirmed_until=confirmed_until)
    assert needs_second_proof(state, held, datetime.fromtimestamp(1000, UTC)) is needed
    assert needs_second_proof(state, None, datetime.fromtimestamp(1000, UTC)) is asked
