"""The suite on other days and in other time zones: no test may depend on the date it is run on.

    python tests/clocks.py [arguments of pytest …]      the whole suite, once for each of `MOMENTS`

Every process of a run, PostgreSQL and Valkey included, sees the moment as its present (libfaketime); Kafka's
broker and the browser alone stay on the machine's clock. No script of our pages asks what time it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Moment(NamedTuple):
    """A present, and the zone that the machine is set to."""

    name: str
    at: datetime
    zone: str


def moments(now: datetime) -> tuple[Moment, ...]:
    """Days on which dates go wrong: all lie ahead, for Kafka would delete what is older than it keeps."""
    leap_year = next(year for year in range(now.year + 1, now.year + 9) if year % 4 == 0)
    year = now.year + 1
    forward, back = _sunday(year, 3, 2), _sunday(year, 11, 1)  # 2:00 in New York
    return (
        Moment("a year on", now + timedelta(days=365), "Asia/Tokyo"),
        Moment("a leap day ends", datetime(leap_year, 2, 29, 23, 50, tzinfo=UTC), "Europe/London"),
        Moment("a month ends", datetime(year, 1, 31, 10, 50, tzinfo=UTC), "Pacific/Auckland"),
        Moment("clocks go forward", forward + timedelta(hours=6, minutes=55), "America/New_York"),
        Moment("clocks go back", back + timedelta(hours=5, minutes=55), "America/New_York"),
    )


def main(arguments: list[str]) -> int:
    """Run the suite at each moment; the exit code is the number of runs that failed."""
    with tempfile.TemporaryDirectory(prefix="clocks-") as folder:
        library = Path(folder) / "libfaketime.so"
        with as_file(files("libfaketime") / "vendor/libfaketime/src/libfaketime.so.1") as source:
            shutil.copy(source, library)
        for path, mode in ((Path(folder), 0o755), (library, 0o755)):
            path.chmod(mode)  # PostgreSQL runs as a user of its own
        failed = [
            moment.name for moment in moments(datetime.now(UTC)) if not _passes(moment, library, arguments)
        ]
    _say(f"failed: {', '.join(failed) or 'none'}")
    return len(failed)


def _passes(moment: Moment, library: Path, arguments: list[str]) -> bool:
    _say(f"\n{moment.name}: {moment.at:%Y-%m-%d %H:%M} UTC, {moment.zone}")
    ahead = int((moment.at - datetime.now(UTC)).total_seconds())
    clock = {"FAKETIME": f"+{ahead}", "DONT_FAKE_MONOTONIC": "1", "LD_PRELOAD": str(library)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **clock, "TZ": moment.zone}, check=False)
    return ran.returncode == 0


def _sunday(year: int, month: int, number: int) -> datetime:
    """Midnight UTC of the so manieth Sunday of a month."""
    first = datetime(year, month, 1, tzinfo=UTC)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
