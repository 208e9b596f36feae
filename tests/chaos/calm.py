"""Calm: every outbox is empty, and every consumer stands at the end of the log."""

from portal_testing.stack import eventually, whole_log

from .databases import Databases

CALM_SECONDS = 120.0


async def still_to_do(databases: Databases, bootstrap: str, *, mail: bool = True, asleep: str = "") -> str:
    """What is still to be sent or read, or nothing.

    Without `mail`, messages to people do not count, nor do the consumers of a service that is `asleep`.
    """
    if unfinished := await databases.unfinished(mail=mail):
        return str(unfinished)
    ends = await whole_log.ends(bootstrap)
    positions = await databases.positions()
    behind = {
        at: ends[at[1:]] - n
        for at, n in positions.items()
        if n != ends[at[1:]] and not (asleep and at[0].startswith(f"{asleep}."))
    }
    return str(behind) if behind or not positions else ""


async def calm(databases: Databases, bootstrap: str) -> None:
    """Wait for it. Raises `NeverHappened`."""
    await eventually(
        lambda: still_to_do(databases, bootstrap),
        what="all is applied",
        within=CALM_SECONDS,
        every=0.25,
        met=lambda left: not left,
    )
