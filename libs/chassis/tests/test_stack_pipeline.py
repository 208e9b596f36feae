"""Statements sent at once: what they read, how they fail, and what is left of the connection."""

import psycopg
import pytest
from chassis.database import is_transient
from chassis.database.hot_path import pipelined
from sqlalchemy import text

from .conftest import Bench

pytestmark = pytest.mark.stack

PUT = b"INSERT INTO applied VALUES ('reader', %s, 1, '')"
COUNT = text("SELECT count(*) FROM applied")


async def test_statements_of_a_pipeline_belong_to_the_transaction(bench: Bench) -> None:
    async with bench.worker.transaction() as tx:
        async with pipelined(tx) as driver:
            await driver.execute(PUT, ("one",))
            found = await driver.execute(b"SELECT count(*) FROM applied")
            assert await found.fetchall() == [(1,)]
            await driver.execute(PUT, ("two",))
        assert await tx.connection.scalar(COUNT) == 2
        await tx.connection.rollback()
    async with bench.worker.transaction() as tx:
        assert await tx.connection.scalar(COUNT) == 0


async def test_a_statement_that_fails_costs_its_savepoint_alone(bench: Bench) -> None:
    async with bench.worker.transaction() as tx:
        with pytest.raises(psycopg.errors.DivisionByZero) as caught:
            async with tx.connection.begin_nested(), pipelined(tx) as driver:
                await driver.execute(PUT, ("lost",))
                await driver.execute(b"SELECT 1 / 0")
                await driver.execute(PUT, ("never",))
        assert not is_transient(caught.value)
        async with pipelined(tx) as driver:
            await driver.execute(PUT, ("kept",))
        assert await tx.connection.scalar(text("SELECT subject FROM applied")) == "kept"


async def test_a_connection_that_ends_in_the_middle_is_transient_and_the_next_one_works(bench: Bench) -> None:
    with pytest.raises(Exception) as caught:  # by whom it is raised is what differs
        async with bench.worker.transaction() as tx:
            own = await tx.connection.scalar(text("SELECT pg_backend_pid()"))
            async with bench.worker.transaction() as other:
                await other.connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            async with pipelined(tx) as driver:
                await driver.execute(PUT, ("one",))
    assert is_transient(caught.value)
    async with bench.worker.transaction() as tx:
        async with pipelined(tx) as driver:
            await driver.execute(PUT, ("two",))
        assert await tx.connection.scalar(COUNT) == 1
