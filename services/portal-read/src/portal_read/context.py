"""What every page needs, put together once by `bootstrap`."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.clock import Clock
from chassis.identity.session_tokens import SessionVerifier
from chassis.web.signed_cookie import SignedCookie

from portal_read.freshness import Pulse
from portal_read.live_updates import Hub
from portal_read.ports import Charges, Choices
from portal_read.read_model import ReadModel
from portal_read.settings import Settings
from portal_read.slug_directory import Directory


@dataclass(frozen=True, slots=True)
class Portal:
    """`returning` remembers the page somebody wanted before signing in; `build` names this build in ETags.

    `paying` gives the cookie in which billing names what a browser has just paid at a business.
    """

    settings: Settings
    read_model: ReadModel
    directory: Directory
    hub: Hub
    pulse: Pulse
    verifier: SessionVerifier
    flash: SignedCookie
    returning: SignedCookie
    paying: Callable[[str], SignedCookie]
    choices: Choices
    charges: Charges
    clock: Clock
    build: str
