"""veraPDF, the reference validator of PDF/A and PDF/UA, asked about files.

It comes from Maven once, into the user's cache; only the first test run needs the network.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import pytest

_HERE: Final = Path(__file__).parent / "verapdf"
_SECONDS: Final = 600


def faults_of(files: Sequence[Path]) -> dict[tuple[str, str], list[str]]:
    """What it says against each file, by name and flavour (`2a`, `ua1`); nothing is praise.

    Skips the test where there is no Java or Maven, and where Maven gets nothing, except in CI.
    """
    java, maven = (shutil.which(name) for name in ("java", "mvn"))
    if java is None or maven is None:
        pytest.skip("veraPDF needs Java and Maven")
    options = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{_jars(maven)}/*"]
    command = [java, *options, str(_HERE / "Validate.java"), *map(str, files)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
    verdicts: dict[tuple[str, str], list[str]] = {}
    for line in said.splitlines():
        file, flavour, word = line.split("\t", 2)
        verdict = verdicts.setdefault((Path(file).stem, flavour), [])
        if word != "compliant":
            verdict.append(word)
    return verdicts


def _jars(maven: str) -> Path:
    key = hashlib.sha256((_HERE / "pom.xml").read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servicehub-portal" / "verapdf"
    folder = cache / key
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        work = Path(mkdtemp(prefix="new-", dir=cache))
        command = [maven, "-B", "-q", "dependency:copy-dependencies", f"-DoutputDirectory={work}"]
        done = subprocess.run(
            [*command, "-f", str(_HERE / "pom.xml")],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode:
            shutil.rmtree(work, ignore_errors=True)
            if os.environ.get("CI"):
                raise RuntimeError(done.stdout[-300:])
            pytest.skip("Maven could not get veraPDF")
        work.rename(folder)  # whole or not at all
    return folder
