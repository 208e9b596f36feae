"""A migration takes nothing from the release before it: both serve while one replaces the other.

What nothing uses any more goes in a release of its own. Its migration says what it takes, and which release
was the first that did without:

    CONTRACT = {"deliveries.sealed": "1.4.0"}
"""

import re
from collections.abc import Collection, Mapping, Set

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from chassis.database.migrations import config_of
from chassis.database.revisions import number_of
from local_stack.environment import SERVICES
from portal_testing.stack import Servers
from sqlalchemy import Engine, create_engine, text

from tests.contract.support.kubernetes_manifests import ROOT
from tests.contract.support.schema_steps import schema_of, taken_away

PACKAGES = [package for package, _ in SERVICES.values()]
RELEASES = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
"""Those that are out; what is not yet is under "Unreleased"."""
BEFORE_THE_RULE = {
    "auth_otp": "0016",
    "portal_read": "0010",
    "billing": "0019",
    "notifier": "0018",
    "branding": "0006",
}
"""The last revisions for which the portal may stop: nobody ran what was before them (decision 0019)."""


def engine_of(url: str) -> Engine:
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))


@pytest.mark.stack
@pytest.mark.parametrize("package", PACKAGES)
async def test_a_migration_takes_away_only_what_it_says_and_a_release_did_without(
    package: str, servers: Servers
) -> None:
    urls = await servers.empty_database(package)
    scripts = [*ScriptDirectory.from_config(config_of(package)).walk_revisions()][::-1]
    engine = engine_of(urls.owner)
    problems: list[str] = []
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        before = schema_of(connection)
        for script in scripts:
            script.module.upgrade()
            after = schema_of(connection)
            if number_of(script.revision) > number_of(BEFORE_THE_RULE[package]):
                declared: Mapping[str, str] = getattr(script.module, "CONTRACT", {})
                problems += problems_of(script.revision, taken_away(before, after), declared, RELEASES)
            before = after
    engine.dispose()
    assert problems == []


def problems_of(
    revision: str, taken: Set[str], declared: Mapping[str, str], releases: Collection[str]
) -> list[str]:
    """One line for each thing that a migration takes without a word, or that a release may still use."""
    return [
        *(
            f"{revision} takes {name}, which CONTRACT does not say"
            for name in sorted(taken - declared.keys())
        ),
        *(f"{revision} does not take {name}" for name in sorted(declared.keys() - taken)),
        *(
            f"{revision}: {declared[name]} is not out"
            for name in sorted(declared)
            if declared[name] not in releases
        ),
    ]


def test_what_is_taken_has_to_be_said_and_a_release_has_to_do_without() -> None:
    taken = {"visits.note"}
    assert problems_of("0020", taken, {"visits.note": "1.4.0"}, ["1.4.0"]) == []
    assert problems_of("0020", taken, {}, ["1.4.0"]) == [
        "0020 takes visits.note, which CONTRACT does not say"
    ]
    assert problems_of("0020", taken, {"visits.note": "1.5.0"}, ["1.4.0"]) == ["0020: 1.5.0 is not out"]
    assert problems_of("0020", set(), {"visits.note": "1.4.0"}, ["1.4.0"]) == [
        "0020 does not take visits.note"
    ]


@pytest.mark.stack
@pytest.mark.parametrize(
    ("statement", "taken"),
    [
        ("ALTER TABLE visits DROP note", {"visits.note"}),
        ("ALTER TABLE visits RENAME note TO remark", {"visits.note"}),
        ("DROP TABLE visits", {"visits"}),
        ("ALTER TABLE visits RENAME TO appointments", {"visits"}),
        ("ALTER TABLE visits ALTER note SET NOT NULL", {"visits.note left out"}),
        ("ALTER TABLE visits ALTER kind DROP DEFAULT", {"visits.kind left out"}),
        ("ALTER TABLE visits ADD zone text NOT NULL", {"visits.zone left out"}),
        ("ALTER TABLE visits ALTER number TYPE smallint", {"visits.number as integer"}),
        ("ALTER TABLE visits ADD zone text NOT NULL DEFAULT ''", set[str]()),
        ("ALTER TABLE visits ADD zone text", set[str]()),
        ("CREATE TABLE sites (id text NOT NULL)", set[str]()),
    ],
)
async def test_what_a_migration_takes_is_seen(statement: str, taken: set[str], servers: Servers) -> None:
    urls = await servers.empty_database("branding")
    engine = engine_of(urls.owner)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE visits (number integer, note text, kind text NOT NULL DEFAULT '')")
        )
        before = schema_of(connection)
        connection.execute(text(statement))
        assert taken_away(before, schema_of(connection)) == taken
    engine.dispose()
