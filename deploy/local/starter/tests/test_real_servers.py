"""The servers that tests of other packages stand on."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from local_stack.servers.databases import allow_only_its_roles, clone_database, create_database, database_urls
from portal_testing.stack import Servers, servers
from servicehub_events.topics import TOPICS

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def running() -> Iterator[Servers]:
    with servers() as started:
        yield started


async def test_the_topics_of_the_catalogue_are_there_with_their_policies(running: Servers) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=running.kafka_bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics([topic.name for topic in TOPICS])
    finally:
        await admin.close()
    assert {each["topic"]: len(each["partitions"]) for each in described} == {
        topic.name: 12 for topic in TOPICS
    }


async def test_a_service_s_database_opens_to_its_own_roles_only(running: Servers) -> None:
    for package in ("billing", "notifier"):
        await create_database(running.superuser_url, package, running.secrets)
    mine = database_urls(running.superuser_url, "billing", running.secrets)
    for url in (mine.owner, mine.web, mine.worker):
        async with await psycopg.AsyncConnection.connect(url) as connection:
            assert await (await connection.execute("SELECT current_database()")).fetchone() == ("billing",)
    theirs = database_urls(running.superuser_url, "billing", running.secrets, "notifier").web
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        await psycopg.AsyncConnection.connect(theirs)


async def test_only_the_owner_may_make_tables(running: Servers) -> None:
    await create_database(running.superuser_url, "branding", running.secrets)
    urls = database_urls(running.superuser_url, "branding", running.secrets)
    async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
        await connection.execute("CREATE TABLE mine (id int)")
    async with await psycopg.AsyncConnection.connect(urls.web) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("CREATE TABLE theirs (id int)")


async def test_a_copied_database_holds_the_tables_and_the_rights(running: Servers) -> None:
    await create_database(running.superuser_url, "auth_otp", running.secrets)
    urls = database_urls(running.superuser_url, "auth_otp", running.secrets)
    async with await psycopg.AsyncConnection.connect(urls.owner) as connection:
        await connection.execute("CREATE TABLE copied (id int)")
    await clone_database(running.superuser_url, "auth_otp", "auth_otp", "auth_otp_copy")
    copy = database_urls(running.superuser_url, "auth_otp", running.secrets, "auth_otp_copy")
    async with await psycopg.AsyncConnection.connect(copy.owner) as connection:
        assert await (await connection.execute("SELECT count(*) FROM copied")).fetchone() == (0,)
    stranger = database_urls(running.superuser_url, "billing", running.secrets, "auth_otp_copy")
    await create_database(running.superuser_url, "billing", running.secrets)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        await psycopg.AsyncConnection.connect(stranger.worker)


async def test_creating_a_database_twice_changes_nothing(running: Servers) -> None:
    for _ in range(2):
        await create_database(running.superuser_url, "portal_read", running.secrets)
    async with await psycopg.AsyncConnection.connect(running.superuser_url, autocommit=True) as connection:
        await allow_only_its_roles(connection, "portal_read", "portal_read")


async def test_valkey_wants_its_password(running: Servers) -> None:
    port = int(running.redis_url.rpartition(":")[2].partition("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET x\r\n")
    assert (await reader.readline()).startswith(b"-NOAUTH")
    writer.close()
    assert running.fresh_redis_url() != running.fresh_redis_url()
