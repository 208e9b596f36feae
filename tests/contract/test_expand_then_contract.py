"""A migration takes nothing from the release before it: both serve while one replaces the other.

What nothing uses any more goes in a release of its own. Its migration says what it takes, and which release
was the first that did without:

    CONTRACT = {"deliveries.sealed": "1.4.0"}
"""

import re
from collections.abc import Mapping

import pytest
from alembic.script import ScriptDirectory
from chassis.database.migrations import config_of, upgrade
from chassis.settings.base import Secret
from local_stack.environment import SERVICES
from portal_testing.stack import Servers
from sqlalchemy import Engine, create_engine, text

from tests.contract.support.kubernetes_manifests import ROOT
from tests.contract.support.schema_steps import schema_of, taken_away

PACKAGES = [package for package, _ in SERVICES.values()]
RELEASES = re.findall(r"^## \[?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
"""Those that are out; what is not yet is under "Unreleased"."""
BEFORE_THE_RULE: Mapping[str, Mapping[str, set[str]]] = {}
"""What migrations took before there was a release: the portal stopped for them."""


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
    taken: dict[str, set[str]] = {}
    with engine.connect() as connection:
        before = schema_of(connection)
    for script in scripts:
        upgrade(package, Secret(urls.owner), script.revision)
        with engine.connect() as connection:
            after = schema_of(connection)
        declared: Mapping[str, str] = getattr(script.module, "CONTRACT", {})
        undeclared = taken_away(before, after) - declared.keys()
        if undeclared:
            taken[script.revision] = undeclared
        assert set(declared) <= taken_away(before, after), script.revision
        assert set(declared.values()) <= set(RELEASES), script.revision
        before = after
    engine.dispose()
    assert taken == BEFORE_THE_RULE.get(package, {})


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
