"""Forth and back: old and new code serve on one database, and none serves on one that is too old for it."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from alembic.script import ScriptDirectory
from chassis.database.migrations import config_of
from chassis.database.revisions import newest_revision
from local_stack.environment import SERVICES, Process
from local_stack.ports import free_ports
from local_stack.servers.databases import DatabaseUrls
from portal_testing.stack import Servers
from portal_testing.stack.eventually import eventually

from tests.contract.support.next_build import next_build

PACKAGES = [package for package, _ in SERVICES.values()]
THIS_BUILD = ""


@pytest.mark.parametrize("package", PACKAGES)
def test_revisions_are_numbers_that_rise_and_their_files_are_called_so(package: str) -> None:
    """By them an older build knows that a database is newer than itself."""
    scripts = ScriptDirectory.from_config(config_of(package))
    chain = [script.revision for script in scripts.walk_revisions()][::-1]
    assert chain == [f"{number:04}" for number in range(1, len(chain) + 1)]
    assert newest_revision(package) == scripts.get_current_head() == chain[-1]


def before_others(build: str) -> str:
    """PYTHONPATH by which a build comes before whatever these tests themselves import from."""
    return os.pathsep.join(filter(None, (build, os.environ.get("PYTHONPATH", ""))))


async def migrate(environment: Mapping[str, str], package: str, build: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", package, "migrate"),
        env={**environment, "PYTHONPATH": before_others(build)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def revision_of(urls: DatabaseUrls, role: str = "web") -> str:
    """As a serving process sees it."""
    async with await psycopg.AsyncConnection.connect(getattr(urls, role)) as connection:
        row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    assert row
    return row[0]


@pytest.mark.stack
@pytest.mark.parametrize("package", PACKAGES)
async def test_a_migration_of_an_older_build_leaves_a_newer_database_as_it_is(
    package: str, servers: Servers, tmp_path: Path
) -> None:
    urls = await servers.fresh_database(package)
    newer, revision = next_build(package, tmp_path)
    environment = servers.environment(package, "migrate", urls, http_port=1)
    for build, said in (
        (newer, "this build's newest"),
        (THIS_BUILD, "newer than this build's"),
        (newer, "this build's newest"),
    ):
        code, output = await migrate(environment, package, build)
        assert code == 0, output
        assert said in output
        assert await revision_of(urls) == revision


@pytest.mark.stack
async def test_a_database_of_something_else_is_refused_in_words(servers: Servers) -> None:
    urls = await servers.fresh_database("branding")
    async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = 'a1b2c3'")
    environment = servers.environment("branding", "migrate", urls, http_port=1)
    code, output = await migrate(environment, "branding", THIS_BUILD)
    assert (code, output.splitlines()[-1]) == (
        1,
        "Nothing was migrated: branding has no revision a1b2c3: is this another database?",
    )


@asynccontextmanager
async def serving(
    servers: Servers, package: str, process: Process, urls: DatabaseUrls, build: str
) -> AsyncGenerator[httpx.AsyncClient]:
    """A process of a build, and who asks it for its health."""
    port = int(next(iter(free_ports().values())))
    environment = servers.environment(package, process, urls, http_port=port, health_port=port)
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", package, process),
        env={**environment, "PYTHONPATH": before_others(build)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        running.terminate()
        await running.wait()


async def health_of(client: httpx.AsyncClient) -> tuple[int, Any]:
    try:
        answer = await client.get("/health/ready")
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json()


@pytest.mark.stack
@pytest.mark.parametrize("process", ["api", "worker"])
async def test_a_build_is_not_ready_on_an_older_database_and_is_once_it_is_migrated(
    process: Process, servers: Servers, tmp_path: Path
) -> None:
    urls = await servers.fresh_database("branding")
    newer, revision = next_build("branding", tmp_path)
    async with (
        serving(servers, "branding", process, urls, newer) as after,
        serving(servers, "branding", process, urls, THIS_BUILD) as before,
    ):

        async def asked() -> tuple[int, Any]:
            return await health_of(after)

        async def both_serve() -> bool:
            return [(await health_of(client))[0] for client in (before, after)] == [200, 200]

        status, health = await eventually(
            asked, what="the newer build answers", within=120, met=lambda seen: seen[0] != 0
        )
        assert status == 503
        assert f"this build needs {revision}" in str(health["migrations"])
        if process == "worker":
            assert "its start" in str(health["relay"])  # nothing of the new build runs on the old tables
        await migrate(servers.environment("branding", "migrate", urls, http_port=1), "branding", newer)
        await eventually(both_serve, what="both builds serve", within=120)
