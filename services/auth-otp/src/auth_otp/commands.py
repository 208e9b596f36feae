"""What people ask of sign-in."""

from dataclasses import dataclass

from chassis.identity.session_tokens import SessionToken

from auth_otp.queries import Portal


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The browser a command comes from. `browser_id` is what it proved itself with before, or "".

    `session` is the session it holds at this business, by its signed token.
    """

    source: str
    device: str
    browser_id: str
    session: SessionToken | None


@dataclass(frozen=True, slots=True)
class RequestCode:
    """Send a code to the address typed. `held` is the id of the challenge this browser holds, or ""."""

    portal: Portal
    visitor: Visitor
    typed: str
    held: str
    language: str | None


@dataclass(frozen=True, slots=True)
class EnterCode:
    """Sign in with the code typed."""

    portal: Portal
    visitor: Visitor
    typed: str
    held: str
    remember: bool


@dataclass(frozen=True, slots=True)
class PickContact:
    """Sign in as one of the contacts of a proven address, by its place in the choice."""

    portal: Portal
    choice_id: str
    index: int
