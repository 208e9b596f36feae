"""A database with the chassis' tables alone, on the real servers of the test run."""

import base64
import itertools
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from chassis.database import migrations
from chassis.database.database import Database
from chassis.settings.base import Secret, ServiceSettings, load
from local_stack.servers.databases import create_database, database_urls
from portal_testing.stack import Servers
from sqlalchemy import Connection, create_engine, text

_numbers = itertools.count(1)
KEYS = "k1:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Bench:
    """One database of the chassis' tables, its two roles, and settings that point at it."""

    name: str
    worker: Database
    web: Database
    settings: ServiceSettings
    owner: str
    """The address of the role that the tables belong to."""


@pytest.fixture
async def bench(servers: Servers) -> AsyncGenerator[Bench, None]:
    name = f"chassis_{next(_numbers)}"
    await create_database(servers.superuser_url, name, servers.secrets)
    urls = database_urls(servers.superuser_url, name, servers.secrets)
    engine = create_engine(urls.owner.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        _create_tables(connection, name)
    engine.dispose()
    settings = load(
        ServiceSettings,
        {
            "PORTAL_PROFILE": "local",
            "DATABASE_URL": urls.worker,
            "KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
            "PUBLIC_ORIGIN": "http://localhost:8080",
            "DEAD_LETTER_KEYS": KEYS,
        },
    )
    made = Bench(
        name, Database(settings.database_url), Database(Secret(urls.web), pool_size=1), settings, urls.owner
    )
    yield made
    await made.worker.close()
    await made.web.close()


def _create_tables(connection: Connection, name: str) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        migrations.create_event_store_1(name)
        migrations.create_inbox_1(name)
        migrations.dead_letters_2()
        migrations.dead_letters_3()
        migrations.outbox_2()
        migrations.outbox_3()
        connection.execute(
            text(
                "CREATE TABLE applied (consumer text, subject text, sequence bigint, payload text,"
                " number bigint GENERATED ALWAYS AS IDENTITY)"
            )
        )
        connection.execute(text(f"GRANT ALL ON applied TO {name}_worker"))
