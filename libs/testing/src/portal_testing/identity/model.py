"""Identity as plainly as it can be said: every event is kept, and each answer is read from all of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from chassis.identity import CustomerChanges, ErasedCustomer, SessionToken, SlugOwner
from servicehub_events import (
    LARGEST_SEQUENCE,
    Business,
    Customer,
    CustomerErased,
    Envelope,
    Session,
)

from portal_testing.identity.interface import ROLES, Rights

E = TypeVar("E", Business, Customer, Session)
Key = tuple[str, str]


class ModelIdentity:
    """A `ReportingIdentity` over a list."""

    def __init__(self, *, keeps_living_sessions: bool) -> None:
        self.keeps_living_sessions = keeps_living_sessions
        self._log: list[Envelope] = []

    async def empty(self) -> None:
        self._log = []

    async def apply(self, *batch: Envelope) -> None:
        self._log += batch

    async def kept(self) -> object:
        return self._erased(), self._newest(Business), self._customers(), self._newest(Session)

    async def slug_owner(self, slug: str) -> SlugOwner | None:
        businesses = self._newest(Business).values()
        owners = [state for state in businesses if slug in (state.slug, *state.former_slugs)]
        owners.sort(key=lambda state: (state.slug != slug, state.business_id))
        return SlugOwner(owners[0].business_id, owners[0].slug) if owners else None

    async def rights(self, token: SessionToken | None, business_id: str) -> Rights | None:
        business = self._newest(Business).get((business_id, business_id))
        if business is None:
            return None
        if not business.enabled:
            return Rights("portal_off")
        if token is None or token.business_id != business_id or token.generation < business.generation:
            return Rights("anonymous")
        return self._rights_at_customer(token)

    def _rights_at_customer(self, token: SessionToken) -> Rights:
        customer = self._customers().get((token.business_id, token.customer_id))
        dead = self._why_dead(token)
        if customer is None or dead not in ("", "access_withdrawn", "contact_removed"):
            return Rights("anonymous")
        roles = {contact.contact_id: contact.roles for contact in customer.contacts}
        if token.contact_id not in roles or not customer.portal_access:
            return Rights("access_off")
        if dead:
            return Rights("anonymous")
        held = roles[token.contact_id]
        named = set(ROLES if held is None else held)
        named |= {"invoices"} if "pay" in named else set()
        return Rights("signed_in", token.customer_id, token.contact_id, frozenset(named))

    def _why_dead(self, token: SessionToken) -> str:
        session = self._newest(Session).get((token.business_id, token.session_id))
        if session is None or (session.revoked_at is None and not self.keeps_living_sessions):
            return ""
        theirs = (session.customer_id, session.contact_id) == (token.customer_id, token.contact_id)
        return (session.reason or "") if theirs else "somebody else's"

    async def changes(self, *batch: Envelope) -> CustomerChanges:
        known = list(self._customers().values())
        versions = {_key(e): e.sequence for e in self._in_order() if isinstance(e.event, Customer)}
        newer: list[Envelope] = []
        for envelope in sorted(batch, key=lambda e: (_key(e), e.sequence)):
            key = _key(envelope)
            if key not in self._erased() and envelope not in newer and _rank(envelope) > versions.get(key, 0):
                newer.append(envelope)
                self._log.append(envelope)
        self._log += batch
        known += [e.event for e in newer if isinstance(e.event, Customer)]
        gone = [_key(e) for e in newer if isinstance(e.event, CustomerErased)]
        return CustomerChanges(newer, [ErasedCustomer(*key, _contacts(key, known)) for key in gone])

    async def forget_session_ends(self, before: datetime) -> None:
        self._log = [e for e in self._log if not isinstance(e.event, Session) or e.event.expires_at >= before]

    def _erased(self) -> set[Key]:
        return {_key(e) for e in self._log if isinstance(e.event, CustomerErased)}

    def _customers(self) -> dict[Key, Customer]:
        erased = self._erased()
        return {key: state for key, state in self._newest(Customer).items() if key not in erased}

    def _newest(self, kind: type[E]) -> dict[Key, E]:
        """The newest state of each aggregate."""
        return {_key(e): e.event for e in self._in_order() if isinstance(e.event, kind)}

    def _in_order(self) -> list[Envelope]:
        return sorted(self._log, key=lambda envelope: envelope.sequence)


def _key(envelope: Envelope) -> Key:
    return envelope.business_id, envelope.subject


def _rank(envelope: Envelope) -> int:
    """An erasure outranks every version, and what is no customer's is not asked for."""
    if isinstance(envelope.event, Customer):
        return envelope.sequence
    return LARGEST_SEQUENCE if isinstance(envelope.event, CustomerErased) else 0


def _contacts(key: Key, known: Iterable[Customer]) -> frozenset[str]:
    states = [state for state in known if (state.business_id, state.customer_id) == key]
    return frozenset(contact.contact_id for state in states for contact in state.contacts)
