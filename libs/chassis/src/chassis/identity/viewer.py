"""Who is asking: judged at each request from the token and from what is known now. Pure.

A token says who signed in where. Whether that still counts, and what it allows, is never in the token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from servicehub_events import Business, RevocationReason, Role, has_role

from chassis.identity.session_tokens import SessionToken

ViewerState = Literal["signed_in", "anonymous", "portal_off", "access_off"]

_BY_THE_BUSINESS: Final = ("access_withdrawn", "contact_removed")
"""Why a business ends sessions: whoever comes back is told so, not sent to sign in."""


@dataclass(frozen=True, slots=True)
class CustomerAccess:
    """Who may act for a customer: each contact's roles by id. Of an unknown or erased customer there is none.

    Roles that are None are all of them.
    """

    portal_access: bool
    contacts: Mapping[str, tuple[Role, ...] | None]


@dataclass(frozen=True, slots=True)
class KnownSession:
    """What is known of a session: whose it is (None once that was erased), and whether and why it ended."""

    customer_id: str | None
    contact_id: str | None
    ended: bool
    reason: RevocationReason | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. The ids are there exactly when somebody is signed in."""

    state: ViewerState
    customer_id: str = ""
    contact_id: str = ""
    roles: tuple[Role, ...] | None = ()

    def may(self, role: Role) -> bool:
        """Whether this viewer is signed in and has the role."""
        return self.state == "signed_in" and has_role(self.roles, role)


def who_is_asking(
    token: SessionToken | None,
    business: Business,
    customer: CustomerAccess | None,
    session: KnownSession | None,
) -> Viewer:
    """The viewer behind a verified token. `customer` and `session` are those that it names, as known now.

    A session that nothing is known of is good: its signature says so, and a sign-in must not bounce.
    """
    if not business.enabled:
        return Viewer("portal_off")
    if token is None or not _is_current(token, business) or not _fits(token, session) or customer is None:
        return Viewer("anonymous")
    ended = session is not None and session.ended
    if session is not None and ended and session.reason not in _BY_THE_BUSINESS:
        return Viewer("anonymous")
    if not customer.portal_access or token.contact_id not in customer.contacts:
        return Viewer("access_off")
    if ended:  # access came back meanwhile; the session that was withdrawn does not
        return Viewer("anonymous")
    return Viewer("signed_in", token.customer_id, token.contact_id, customer.contacts[token.contact_id])


def needs_second_proof(business: Business, token: SessionToken | None, now: datetime) -> bool:
    """Whether who holds the token proves a second address before they pay the business."""
    confirmed_until = token.confirmed_until if token else 0
    return business.second_proof_to_pay and confirmed_until <= now.timestamp()


def _is_current(token: SessionToken, business: Business) -> bool:
    """Whether it was signed for this business, since its portal was last switched off."""
    return token.business_id == business.business_id and token.generation >= business.generation


def _fits(token: SessionToken, session: KnownSession | None) -> bool:
    """Whether the session, if anything is known of it, is that of the token's customer and contact."""
    theirs = (token.customer_id, token.contact_id)
    return session is None or (session.customer_id, session.contact_id) == theirs
