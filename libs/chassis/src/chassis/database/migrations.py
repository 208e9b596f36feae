"""What migrations are made of, and how they run: Alembic, configured here in code, one lock a database.

The SQL of a released revision never changes; a later one gets a function of its own.
"""

import importlib.resources
from collections.abc import Generator
from contextlib import contextmanager

from alembic import command, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, pool, text

from chassis.database.revisions import Revisions, newest_revision, number_of
from chassis.settings.base import Secret

_ONE_AT_A_TIME = 0x706F7274616C  # "portal": one migration a database, whoever else tries waits


def config_of(package: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for the migrations inside `package`."""
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files(package) / "migrations"))
    config.attributes["connection"] = connection
    return config


class UnknownRevision(Exception):
    """The database is at a revision that no release of this service has; the text says so."""


def upgrade(package: str, url: Secret, revision: str = "head") -> Revisions:
    """Bring the database at `url` (the owner's) up to `revision`; a newer one is left as it is.

    Returns what is there then. Raises `UnknownRevision`.
    """
    with _locked(url) as connection:
        newest, present = newest_revision(package), _present(connection)
        known = {each.revision for each in ScriptDirectory.from_config(config_of(package)).walk_revisions()}
        if present and present not in known:
            if not present.isdecimal() or number_of(present) < number_of(newest):
                raise UnknownRevision(f"{package} has no revision {present}: is this another database?")
            return Revisions(package, newest, present)
        command.upgrade(config_of(package, connection), revision)
        # Every process asks how far its database is before it serves, whatever role it has.
        connection.execute(text("GRANT SELECT ON alembic_version TO PUBLIC"))
        return Revisions(package, newest, _present(connection))


def _present(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


@contextmanager
def _locked(url: Secret) -> Generator[Connection]:
    """One transaction as the owner, with the lock of migrations."""
    engine = create_engine(
        url.reveal().replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool
    )
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            yield connection
    finally:
        engine.dispose()


def run_env() -> None:
    """The whole of a service's `migrations/env.py`."""
    from alembic import context  # Alembic fills it while env.py runs

    connection = context.config.attributes["connection"]
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


_EVENT_STORE_1 = """
CREATE TABLE events (
    business_id text NOT NULL,
    stream text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    causation_id text,
    actor text NOT NULL,
    traceparent text,
    PRIMARY KEY (business_id, stream, version)
)
"""
_OUTBOX_1 = """
CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane text NOT NULL,
    topic text NOT NULL,
    key bytea NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    causation_id text,
    actor text NOT NULL,
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""
_POSITIONS_1 = """
CREATE TABLE positions (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    caught_up_at timestamptz,
    PRIMARY KEY (consumer, topic, partition)
)
"""
_DEAD_LETTERS_1 = """
CREATE TABLE dead_letters (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    record bytea NOT NULL,
    code text NOT NULL,
    cause text NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, topic, partition, "offset")
)
"""


def create_event_store_1(service: str) -> None:
    """Tables `events` and `outbox`. The web role appends; only the worker reads and empties the outbox."""
    op.execute(_EVENT_STORE_1)
    protect_1("events", service, web="SELECT, INSERT", worker="SELECT, INSERT")
    create_outbox_1(service)


def sealed_events_1(service: str) -> None:
    """Table `events` alone, of a store with a cipher: the worker rotates its keys, and erases."""
    op.execute(_EVENT_STORE_1.replace("data jsonb", "data bytea"))
    protect_1("events", service, web="SELECT, INSERT", worker="SELECT, INSERT, UPDATE, DELETE")


def create_outbox_1(service: str) -> None:
    """Table `outbox` alone, for a service whose truth is plain tables."""
    op.execute(_OUTBOX_1)
    op.execute(f"GRANT INSERT ON outbox TO {service}_web")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON outbox TO {service}_worker")


def create_inbox_1(service: str) -> None:
    """Tables `positions` and `dead_letters`, the worker's alone."""
    op.execute(_POSITIONS_1)
    op.execute(_DEAD_LETTERS_1)
    for table in ("positions", "dead_letters"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {service}_worker")


def protect_1(table: str, service: str, *, web: str = "", worker: str) -> None:
    """Grant the roles what they need on a table with a `business_id`; the web role sees one tenant only."""
    same_tenant = "business_id = current_setting('app.business_id', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"GRANT {worker} ON {table} TO {service}_worker")
    op.execute(f"CREATE POLICY worker_all ON {table} TO {service}_worker USING (true) WITH CHECK (true)")
    if web:
        op.execute(f"GRANT {web} ON {table} TO {service}_web")
        op.execute(f"CREATE POLICY web_may ON {table} TO {service}_web USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY web_tenant ON {table} AS RESTRICTIVE TO {service}_web"
            f" USING ({same_tenant}) WITH CHECK ({same_tenant})"
        )


_DEAD_LETTERS_2 = (
    """
ALTER TABLE dead_letters
    ADD number bigint GENERATED ALWAYS AS IDENTITY,
    ADD key text,
    ADD sequence bigint,
    ADD superseded_at timestamptz,
    ADD retry_at timestamptz,
    ADD tries integer NOT NULL DEFAULT 0,
    ADD tried_at timestamptz
""",
    "CREATE UNIQUE INDEX dead_letters_number ON dead_letters (number)",
    "CREATE INDEX dead_letters_retry ON dead_letters (consumer, number) WHERE retry_at IS NOT NULL",
    "CREATE INDEX dead_letters_waiting ON dead_letters (consumer, topic, key) WHERE superseded_at IS NULL",
)


def dead_letters_2() -> None:
    """What a letter is about, whether it is superseded, and when it shall be tried again; only adds."""
    for statement in _DEAD_LETTERS_2:
        op.execute(statement)


_DEAD_LETTERS_3 = "ALTER TABLE dead_letters DROP retry_at, DROP tries, DROP tried_at"


def dead_letters_3() -> None:
    """A letter is retried by an operator's command, at once: nothing is noted for a consumer to do later."""
    op.execute("DROP INDEX dead_letters_retry")
    op.execute(_DEAD_LETTERS_3)


def readable_revision_1(service: str) -> None:
    """Let the worker's role, which is an operator's too, see how far the database is migrated."""
    op.execute(f"GRANT SELECT ON alembic_version TO {service}_worker")


_OUTBOX_2 = "ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (lane, position)"


def outbox_2() -> None:
    """Each lane finds its rows in the index, however many wait in the other."""
    op.execute(_OUTBOX_2)


_OUTBOX_3 = (
    "DELETE FROM outbox WHERE lane <> 'main'",
    "ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, DROP lane, ADD PRIMARY KEY (position)",
)


def outbox_3() -> None:
    """All of the outbox leaves in one order; what waits in another lane than the first is deleted."""
    for statement in _OUTBOX_3:
        op.execute(statement)


_OUTBOX_4 = """
CREATE POLICY web_own_events ON outbox AS RESTRICTIVE FOR INSERT TO {service}_web WITH CHECK (
    topic IN ({topics})
    AND current_setting('app.business_id', true) <> ''
    AND (SELECT array_agg(pair ->> 1) FROM jsonb_array_elements(headers) AS header (pair)
         WHERE pair ->> 0 = 'ce_businessid') = ARRAY[current_setting('app.business_id', true)]
    AND starts_with(convert_from(key, 'UTF8'), current_setting('app.business_id', true) || '/')
)
"""


def outbox_5(service: str, *topics: str) -> None:
    """The topics of a service after one more was added to those of `outbox_4`."""
    op.execute("DROP POLICY web_own_events ON outbox")
    names = ", ".join(f"'{topic}'" for topic in topics)
    op.execute(_OUTBOX_4.format(service=service, topics=names))


def outbox_4(service: str, *topics: str) -> None:
    """The web role publishes on its service's own topics alone, and about the business it serves alone."""
    op.execute("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY worker_all ON outbox TO {service}_worker USING (true) WITH CHECK (true)")
    op.execute(f"CREATE POLICY web_may ON outbox FOR INSERT TO {service}_web WITH CHECK (true)")
    names = ", ".join(f"'{topic}'" for topic in topics)
    op.execute(_OUTBOX_4.format(service=service, topics=names))
