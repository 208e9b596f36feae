"""What every page needs, put together once by `bootstrap`."""

from dataclasses import dataclass

from chassis.clock import Clock
from chassis.flash import SignedCookie
from chassis.sessions import SessionVerifier

from portal_read.directory import Directory
from portal_read.hub import Hub
from portal_read.ports import Choices
from portal_read.pulse import Pulse
from portal_read.read_model import ReadModel
from portal_read.settings import Settings


@dataclass(frozen=True, slots=True)
class Portal:
    """`returning` remembers the page somebody wanted before signing in; `build` names this build in ETags."""

    settings: Settings
    read_model: ReadModel
    directory: Directory
    hub: Hub
    pulse: Pulse
    verifier: SessionVerifier
    flash: SignedCookie
    returning: SignedCookie
    choices: Choices
    clock: Clock
    build: str
