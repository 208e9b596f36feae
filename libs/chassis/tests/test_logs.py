"""Logs are for operators: they say where something failed, never with whose code or address."""

import json
import subprocess
import sys

import pytest

_FAILS = """
import structlog
from chassis.observability import logs
logs.configure("test", "info")
log = structlog.get_logger("test")
def fail():
    code = "424242"
    raise ValueError("something broke\\nDETAIL: Key (address)=(me@example.com) already exists.")
try:
    fail()
except ValueError as error:
    log.error("test.failed", exc_info=error)
"""


@pytest.fixture(scope="module")
def logged() -> str:
    ran = subprocess.run([sys.executable, "-c", _FAILS], capture_output=True, text=True, check=True)
    return ran.stderr


def test_a_traceback_names_the_place(logged: str) -> None:
    assert "something broke" in logged
    assert '"service": "test"' in logged


def test_a_traceback_shows_no_row_that_the_database_names(logged: str) -> None:
    assert "me@example.com" not in logged


def test_a_traceback_shows_no_local_variable(logged: str) -> None:
    assert "424242" not in logged


def test_what_a_library_logs_or_warns_of_has_the_same_shape() -> None:
    code = """
import logging, warnings
from chassis.observability import logs
logs.configure("test", "info")
logging.getLogger("aiokafka.consumer").warning("no %s", "broker")
warnings.warn("old way", DeprecationWarning)
"""
    ran = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, check=True)
    logged, warned = (json.loads(line) for line in ran.stderr.splitlines())
    assert (logged["logger"], logged["level"], logged["event"]) == (
        "aiokafka.consumer",
        "warning",
        "no broker",
    )
    assert (warned["logger"], warned["level"], "old way" in warned["event"]) == (
        "py.warnings",
        "warning",
        True,
    )
    assert {"timestamp", "service"} <= logged.keys() & warned.keys()
