"""What the doctor finds."""

from typing import Literal, NamedTuple

State = Literal["ok", "wrong", "unknown"]


class Finding(NamedTuple):
    """One thing looked at. `remedy` says what to do when it is wrong; `unknown` is what we may not see."""

    check: str
    state: State
    says: str
    remedy: str = ""


def ok(check: str, says: str) -> Finding:
    """It is as it should be."""
    return Finding(check, "ok", says)


def wrong(check: str, says: str, remedy: str) -> Finding:
    """It is not, and this would help."""
    return Finding(check, "wrong", says, remedy)


def unknown(check: str, says: str) -> Finding:
    """It cannot be told from here."""
    return Finding(check, "unknown", says)
