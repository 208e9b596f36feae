"""Histories of two businesses with equal ids, ways to read them, and everything that can be asked then."""

import random
from collections.abc import Iterator, Mapping, Sequence

from chassis.identity import SessionToken
from servicehub_events import Envelope, Event, RevocationReason, Role, SessionRevoked

from portal_testing.envelopes import envelope_of
from portal_testing.identity.interface import Identity
from portal_testing.identity.samples import business, customer, ended, erased, signed_in, token

SEEDS = 8
"""How many histories a law is tried on."""

_BUSINESSES, _CUSTOMERS, _CONTACTS = ("b-1", "b-2"), ("cu-1", "cu-2", "cu-3"), ("co-1", "co-2")
_OWNED = [(f"se-{number}", _CUSTOMERS[number % 3], _CONTACTS[number % 2]) for number in range(6)]
"""Sessions, each with its customer and contact, the same in both businesses."""

_SLUGS = ("one", "two", "three", "four")
_ROLES: tuple[tuple[Role, ...] | None, ...] = (None, (), ("visits",), ("pay",), ("visits", "invoices"))
_REASONS: tuple[RevocationReason, ...] = ("signed_out", "access_withdrawn", "contact_removed")


def history(dice: random.Random, length: int = 50) -> list[Envelope]:
    """Events in the order they happened, each with a higher version than all before it.

    What comes of a customer after its erasure is against the rules, and may come all the same.
    """
    log: list[Envelope] = []
    while len(log) < length:
        if event := _event(dice, log):
            log.append(envelope_of(event, len(log) + 1))
    return log


def _event(dice: random.Random, log: Sequence[Envelope]) -> Event | None:
    business_id, customer_id = dice.choice(_BUSINESSES), dice.choice(_CUSTOMERS)
    match dice.choice(("business", "customer", "customer", "session", "session", "erased")):
        case "business":
            slug, *former = dice.sample(_SLUGS, dice.randint(1, 3))
            on, generation = dice.random() < 0.8, dice.randint(1, 2)
            return business(business_id, slug, *former, enabled=on, generation=generation)
        case "customer":
            contacts = {key: dice.choice(_ROLES) for key in _CONTACTS if dice.random() < 0.7}
            access = dice.random() < 0.7
            return customer(customer_id, business_id=business_id, access=access, contacts=contacts)
        case "session":
            return _next_of_session(dice, business_id, log)
        case _:
            return erased(customer_id, business_id=business_id) if dice.random() < 0.2 else None


def _next_of_session(dice: random.Random, business_id: str, log: Sequence[Envelope]) -> Event | None:
    """A session begins, or ends and is over."""
    session_id, customer_id, contact_id = dice.choice(_OWNED)
    session = signed_in(session_id, business_id=business_id, customer_id=customer_id, contact_id=contact_id)
    key = business_id, session_id
    past = [entry.event for entry in log if (entry.business_id, entry.subject) == key]
    if not past:
        return session
    return None if isinstance(past[-1], SessionRevoked) else ended(session, dice.choice(_REASONS))


def in_batches(dice: random.Random, log: Sequence[Envelope]) -> Iterator[Sequence[Envelope]]:
    """The log cut into batches, some of whose events come again in a later one."""
    at = 0
    while at < len(log):
        batch = log[at : at + dice.randint(1, 12)]
        at += len(batch)
        yield [*batch, *dice.sample(log[:at], min(at, dice.randint(0, 3)))]


async def answers(identity: Identity) -> Mapping[object, object]:
    """Every answer that an implementation gives about these histories."""
    owners: dict[object, object] = {slug: await identity.slug_owner(slug) for slug in _SLUGS}
    return owners | {question: await identity.rights(*question) for question in _questions()}


def _questions() -> list[tuple[SessionToken | None, str]]:
    """At each business: nobody, every session, new ones, some of others, some of a later generation."""
    questions: list[tuple[SessionToken | None, str]] = [(_token("b-1", *_OWNED[0]), "b-2")]
    for business_id in _BUSINESSES:
        own = [_token(business_id, *owned) for owned in _OWNED]
        new = [_token(business_id, "se-new", owner, contact) for _, owner, contact in _OWNED]
        foreign = [_token(business_id, session_id, "cu-1", "co-2") for session_id, *_ in _OWNED[:3]]
        later = [_token(business_id, *owned, generation=2) for owned in _OWNED[:3]]
        questions += [(asker, business_id) for asker in (None, *own, *new, *foreign, *later)]
    return questions


def _token(
    business_id: str, session_id: str, customer_id: str, contact_id: str, generation: int = 1
) -> SessionToken:
    ids = {"business_id": business_id, "customer_id": customer_id, "contact_id": contact_id}
    return token(session_id, **ids, generation=generation)
