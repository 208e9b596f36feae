"""A test that stands still fails, says where it stood, and the rest of the run goes on."""

import subprocess
import sys
from pathlib import Path

import pytest
from local_stack.settings import repository

_CALL = """
import time
def test_stands_still():
    time.sleep(600)
def test_of_after():
    pass
"""
_CLEAN_UP = """
import time, pytest
@pytest.fixture
def page():
    yield
    time.sleep(600)
def test_stands_still(page):
    assert False
def test_of_after():
    pass
"""


@pytest.mark.parametrize("text", [_CALL, _CLEAN_UP], ids=["its call", "its end after a failure"])
def test_it_ends_in_words_and_the_next_one_runs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "test_still.py"
    file.write_text(text)
    # Settings and hooks are those of every run but for the time.
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "conftest", "-n", "1"]
    run = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-o", "faulthandler_timeout=1", str(file)],
        cwd=repository(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1
    assert "crashed while running" in run.stdout
    assert "1 passed" in run.stdout
    assert f'File "{file}", line' in run.stderr
