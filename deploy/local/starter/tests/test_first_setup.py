"""On a machine where something is missing, `make setup` says what, and what to do about it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
# A Python that may be told to be too old, to have no venv, or to make one whose pip fails.
PYTHON = """#!/bin/sh
case "$*" in
-V) echo "Python 3.10.1" ;;
*version_info*) [ ! -e "$0.old" ] ;;
*venv*)
    [ ! -e "$0.bare" ] || { echo "ensurepip is not available"; exit 1; }
    mkdir -p .boot/bin
    cp "$0" .boot/bin/python ;;
*pip*) echo "$*" >pip-was-asked; echo "ERROR: no such host"; exit 1 ;;
esac
"""
FULL = "#!/bin/sh\necho Filesystem 1024-blocks Used Available\necho disk 100 99 1000\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "setup", tmp_path / "deploy" / "setup")
    shutil.copy(ROOT / "requirements.lock", tmp_path / "requirements.lock")
    return tmp_path


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def words(checkout: Path, python: Path, path: str = os.environ["PATH"]) -> str:
    ended = subprocess.run(
        [checkout / "deploy" / "setup"],
        env={"PATH": path, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert not (checkout / ".venv").exists()
    return ended.stdout + ended.stderr


def test_no_python(checkout: Path) -> None:
    assert f"There is no program named {checkout}/python. Install Python 3.11" in words(
        checkout, checkout / "python"
    )


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("old", "Python 3.10.1 is too old: 3.11 or newer is needed."),
        ("bare", "apt install python3-venv"),
        ("network", "Is there a network?"),
    ],
)
def test_what_is_missing_is_said(checkout: Path, missing: str, said: str) -> None:
    python = program(checkout / "python", PYTHON)
    (checkout / f"python.{missing}").touch()
    assert said in words(checkout, python)


def test_a_full_disk(checkout: Path) -> None:
    python = program(checkout / "python", PYTHON)
    full = program(checkout / "bin" / "df", FULL).parent
    told = words(checkout, python, f"{full}:{os.environ['PATH']}")
    assert "The disk is full, or nearly so: 1 MB are free, 1500 MB are needed." in told


def test_uv_comes_by_the_version_and_the_hashes_of_the_lock(checkout: Path) -> None:
    words(checkout, program(checkout / "python", PYTHON))
    assert "--require-hashes" in (checkout / "pip-was-asked").read_text()
    wanted = (checkout / ".boot" / "wanted.txt").read_text()
    assert wanted.startswith("uv==")
    assert wanted.count("==") == 1
    assert wanted.count("--hash=sha256:") > 10
    assert wanted.rstrip() in (checkout / "requirements.lock").read_text()
