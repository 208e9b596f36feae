"""Proof that the kill tests can fail: each patch of `breaks/` in a scratch copy, each run must be red.

    python -m tests.chaos.red [name of a patch …]

A patch begins with the test that must see it. A run counts as red only when the verdict itself found
something missing, doubled, or still readable.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUNS = 3
"""A break that shows only when a kill hits a moment of milliseconds gets so many chances."""
_SEEN_BY = re.compile(r"Red in (test_\w+\.py(?:::test_\w+(?:\[[^]]+\])?)?): ")
_FOUND = re.compile(r"^\s+(missing|doubled effects|still readable)\s+[1-9]", re.MULTILINE)


def main(names: list[str]) -> int:
    """Run each break; the exit code is the number of those that nobody noticed."""
    patches = sorted(HERE.glob("breaks/*.patch"))
    unnoticed = [
        patch.stem for patch in patches if (not names or patch.stem in names) and not _noticed(patch)
    ]
    _say(f"unnoticed: {', '.join(unnoticed) or 'none'}")
    return len(unnoticed)


def _noticed(patch: Path) -> bool:
    with TemporaryDirectory(prefix="chaos-red-") as folder:
        sources = broken(patch, Path(folder))
        for attempt in range(1, RUNS + 1):
            output = _run(sources, seen_by(patch))
            found = [line.strip() for line in output.splitlines() if _FOUND.match(line)]
            _say(f"{patch.stem}, run {attempt}: {'RED ' + '; '.join(found) if found else 'not noticed'}")
            if found:
                return True
            if "missing" not in output and "still readable" not in output:
                _say(output[-3000:])
    return False


def broken(patch: Path, folder: Path) -> list[Path]:
    """Copy every package, apply the patch, and return the folders to import from."""
    sources = [path for part in ("libs", "services") for path in ROOT.glob(f"{part}/*/src")]
    for source in sources:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / source.relative_to(ROOT), ignore=ignored)
    # Inside some checkout git would pass over files that are not its own, without a word.
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    subprocess.run(["git", "apply", "-C1", str(patch)], cwd=folder, env=alone, check=True)
    return [folder / source.relative_to(ROOT) for source in sources]


def seen_by(patch: Path) -> str:
    """The test that a patch must turn red. Raises ValueError for a patch that names none."""
    if found := _SEEN_BY.match(patch.read_text()):
        return str(HERE / found[1])
    raise ValueError(f"{patch.name} must begin with: Red in test_….py: why, or test_….py::test_…, or …[case]")


def _run(sources: list[Path], test: str) -> str:
    """The output of a test's short form over these packages: they come before the installed ones."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sources))}
    command = [sys.executable, "-m", "pytest", "-s", "-q", test]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, encoding="utf-8"
    )
    return done.stdout + done.stderr


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
