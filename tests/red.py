"""Proof that tests can fail: each kept patch in a scratch copy of the code, each run must be red.

    python -m tests.red [chaos | contract | security | name of a patch …]

A patch begins with the test that must see it. Of a kill test a run counts as red only when the verdict itself
found something missing, doubled, or still readable; of any other, when an assertion failed.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PATCHES = sorted(ROOT.glob("tests/*/breaks/*.patch"))
RUNS = 3
"""A break that shows only when a kill hits a moment of milliseconds gets so many chances."""
_SEEN_BY = re.compile(r"Red in ((?:tests|services|libs)/\S+/test_\w+\.py(?:::test_\w+(?:\[[^]]+\])?)?): ")
_VERDICT = re.compile(r"^\s+(missing|doubled effects|still readable)\s+[1-9]")
_ASSERTION = re.compile(r"^FAILED .* - (assert|AssertionError|Failed)\b")


def main(names: list[str]) -> int:
    """Run each break; the exit code is the number of those that nobody noticed."""
    chosen = [patch for patch in PATCHES if not names or {patch.stem, suite_of(patch)} & {*names}]
    unnoticed = [patch.stem for patch in chosen if not _noticed(patch)]
    _say(f"unnoticed: {', '.join(unnoticed) or 'none'}")
    return len(unnoticed)


def suite_of(patch: Path) -> str:
    """The suite that keeps a patch: chaos, contract or security."""
    return patch.parents[1].name


def _noticed(patch: Path) -> bool:
    sign = _VERDICT if suite_of(patch) == "chaos" else _ASSERTION
    with TemporaryDirectory(prefix="red-") as folder:
        sources = broken(patch, Path(folder))
        for attempt in range(1, RUNS + 1):
            output = _run(sources, seen_by(patch))
            signs = [line.strip() for line in output.splitlines() if sign.match(line)]
            _say(f"{patch.stem}, run {attempt}: {'RED ' + '; '.join(signs) if signs else 'not noticed'}")
            if signs:
                return True
            if "missing" not in output and "still readable" not in output:
                _say(output[-3000:])
    return False


def broken(patch: Path, folder: Path) -> list[Path]:
    """Copy every package, apply the patch, and return the folders to import from."""
    copies = copied_into(folder)
    apply(patch, folder)
    return copies


def copied_into(folder: Path) -> list[Path]:
    """Copy the code of every package, and return the folders to import from."""
    sources = [path for part in ("libs", "services") for path in ROOT.glob(f"{part}/*/src")]
    for source in sources:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / source.relative_to(ROOT), ignore=ignored)
    return [folder / source.relative_to(ROOT) for source in sources]


def apply(patch: Path, folder: Path, *options: str) -> None:
    """Apply a patch to such a copy. Raises CalledProcessError for one that does not fit."""
    # Inside some checkout git would pass over files that are not its own, without a word.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    subprocess.run(["git", "apply", "-C1", *options, str(patch)], cwd=folder, env=alone, check=True)


def seen_by(patch: Path) -> str:
    """The test that a patch must turn red. Raises ValueError for a patch that names none."""
    if match := _SEEN_BY.match(patch.read_text()):
        return match[1]
    raise ValueError(f"{patch.name} must begin with: Red in <path>/test_….py: why, or …::test_…[case]")


def _run(sources: list[Path], test: str) -> str:
    """The output of a test's short form over these packages: they come before the installed ones."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources)), "COLUMNS": "300"}
    command = [sys.executable, "-m", "pytest", "-s", "-q", "-rf", test]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, encoding="utf-8"
    )
    return done.stdout + done.stderr


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
