"""One database for each service, for three roles alone: owner (migrations), web and worker."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from local_stack.secrets_file import SecretsFile

ROLES = ("owner", "web", "worker")


@dataclass(frozen=True)
class DatabaseUrls:
    """Addresses of one database, one for each role."""

    owner: str
    web: str
    worker: str


def database_urls(
    superuser_url: str, package: str, passwords: SecretsFile, database: str = ""
) -> DatabaseUrls:
    """Return the addresses that `create_database` makes true; `database` defaults to the package's name."""
    return DatabaseUrls(
        *(_url(superuser_url, package, role, passwords, database or package) for role in ROLES)
    )


async def create_database(superuser_url: str, package: str, passwords: SecretsFile) -> None:
    """Create roles and database where they are missing, and set the passwords anew. Safe to repeat."""
    async with await psycopg.AsyncConnection.connect(superuser_url, autocommit=True) as connection:
        for role in ROLES:
            await _create_role(connection, f"{package}_{role}", passwords.password(f"{package}_{role}"))
        if not await _exists(connection, "pg_database", "datname", package):
            # On a managed server the administrator must be a member of the role that it gives a database to.
            await connection.execute(_identifiers("GRANT {} TO CURRENT_USER", f"{package}_owner"))
            await connection.execute(_identifiers("CREATE DATABASE {} OWNER {}", package, f"{package}_owner"))
        await allow_only_its_roles(connection, package, package)


async def clone_database(superuser_url: str, package: str, template: str, name: str) -> None:
    """Create database `name` as a copy of `template`, for one test."""
    async with await psycopg.AsyncConnection.connect(superuser_url, autocommit=True) as connection:
        owner = f"{package}_owner"
        await connection.execute(
            _identifiers("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY OWNER {}", name, template, owner)
        )
        await allow_only_its_roles(connection, package, name)


async def allow_only_its_roles(connection: psycopg.AsyncConnection, package: str, database: str) -> None:
    """Close `database` to everybody but its three roles (a copied database loses its rights)."""
    await connection.execute(_identifiers("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
    for role in ROLES:
        await connection.execute(
            _identifiers("GRANT CONNECT ON DATABASE {} TO {}", database, f"{package}_{role}")
        )


async def _create_role(connection: psycopg.AsyncConnection, role: str, password: str) -> None:
    if not await _exists(connection, "pg_roles", "rolname", role):
        await connection.execute(_identifiers("CREATE ROLE {} LOGIN", role))
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
    await connection.execute(statement)


async def _exists(connection: psycopg.AsyncConnection, catalogue: str, column: str, name: str) -> bool:
    query = _identifiers("SELECT 1 FROM {} WHERE {} = %s", catalogue, column)
    return await (await connection.execute(query, (name,))).fetchone() is not None


def _identifiers(template: str, *names: str) -> sql.Composed:
    return sql.SQL(template).format(*(sql.Identifier(name) for name in names))  # pyright: ignore[reportArgumentType]


def _url(superuser_url: str, package: str, role: str, passwords: SecretsFile, database: str) -> str:
    parts = urlsplit(superuser_url)
    address = parts.netloc.rpartition("@")[2]
    user = f"{package}_{role}"
    return urlunsplit(
        parts._replace(netloc=f"{user}:{passwords.password(user)}@{address}", path=f"/{database}")
    )
