"""A build tells an older database from a newer one, and serves on the newer."""

import asyncio

import pytest
from chassis.database import Database
from chassis.database.revisions import Revisions, newest_revision
from chassis.observability.loop_health import Stuck
from chassis.process.revision_gate import RevisionGate, opened
from chassis.settings.base import Secret

PACKAGE = "chassis"
"""Has no migrations of its own, so that it needs no database."""


@pytest.mark.parametrize(
    ("present", "state", "said"),
    [
        ("", "older", "shows no revision, this build needs 0010: run `python -m billing migrate`"),
        ("0009", "older", "is at revision 0009, this build needs 0010"),
        ("0010", "same", "is at revision 0010, this build's newest"),
        ("0011", "newer", "is at revision 0011, newer than this build's 0010"),
        ("0100", "newer", "is at revision 0100"),
    ],
)
def test_revisions_are_compared_by_number(present: str, state: str, said: str) -> None:
    revisions = Revisions("billing", "0010", present)
    assert revisions.state == state
    assert said in revisions.words


async def test_a_package_without_migrations_asks_no_database() -> None:
    assert newest_revision(PACKAGE) == ""
    gate = RevisionGate(PACKAGE, Database(Secret("postgresql://nobody:x@127.0.0.1:1/none")))
    assert await gate.check() is True
    await opened(gate.check)


async def test_loops_wait_for_the_database_and_for_its_migration() -> None:
    answers: list[bool | Stuck | Exception] = [ConnectionError(), Stuck("0010", 1), Stuck("0010", 3), True]
    asked: list[bool | Stuck | Exception] = []

    async def check() -> bool | Stuck:
        answer = answers[len(asked)]
        asked.append(answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with asyncio.timeout(5):
        await opened(check, every=0.0)
    assert asked == answers
