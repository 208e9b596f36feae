"""Kafka's jars: named with their checksums in `kafka.lock`, fetched once into the user's cache."""

import contextlib
import hashlib
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError
from local_stack.servers import cache_folder

LOCK = Path(__file__).resolve().parents[3] / "kafka.lock"
PARALLEL = 8
TRIES = 3
PROGRESS_EVERY = 9
ADVICE = """\
Is the network there, and the disk not full? What was fetched is kept: start again to go on.
Behind a mirror, set MAVEN_REPOSITORY to its address. Or use a Kafka of yours: KAFKA_BOOTSTRAP=host:port"""


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinate(self) -> str:
        """Maven's name for it."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def path(self) -> Path:
        """Where it lies in the cache."""
        return cache_folder() / "kafka" / f"{self.artifact}-{self.version}-{self.sha256[:12]}.jar"


def locked() -> tuple[Jar, ...]:
    """Read `kafka.lock`: `group:artifact:version sha256` a line, `#` begins a comment."""
    lines = LOCK.read_text().splitlines()
    return tuple(_parse(line) for line in lines if line.strip() and not line.startswith("#"))


def _parse(line: str) -> Jar:
    coordinate, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256)


def missing(jars: tuple[Jar, ...]) -> list[Jar]:
    """Return the jars that the cache lacks or holds damaged."""
    return [jar for jar in jars if not jar.path.exists() or checksum(jar.path) != jar.sha256]


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch(jar: Jar) -> Jar:
    # Imported here: the client takes 0.2 s to load, and most starts fetch nothing.
    from local_stack.servers.maven import configured_mirror, download

    mirror = configured_mirror(os.environ.get("MAVEN_REPOSITORY"), Path.home() / ".m2" / "settings.xml")
    part, problem = jar.path.with_suffix(f".{os.getpid()}.part"), "unreachable"
    for _ in range(TRIES):
        part.unlink(missing_ok=True)
        try:
            download(jar.group, jar.artifact, jar.version, part, mirror)
        except StackError as failed:
            problem = str(failed)
            continue
        if checksum(part) == jar.sha256:
            part.replace(jar.path)
            return jar
        problem = "its checksum is not the locked one"
    part.unlink(missing_ok=True)
    raise StackError(f"{jar.coordinate}: {problem}")


def main() -> int:
    """Fetch what is missing, with progress on standard output; 1 when something can't be had."""
    wanted = missing(locked())
    (cache_folder() / "kafka").mkdir(parents=True, exist_ok=True)
    out = sys.stdout
    print(f"Fetching Kafka: {len(wanted)} files, about 45 MB in all, once", file=out, flush=True)
    # The client reports each address; we report progress.
    with contextlib.redirect_stdout(io.StringIO()), ThreadPoolExecutor(PARALLEL) as pool:
        try:
            for count, jar in enumerate(pool.map(_fetch, wanted), 1):
                if count % PROGRESS_EVERY == 0 or count == len(wanted):
                    print(f"{count} of {len(wanted)} files, last {jar.coordinate}", file=out, flush=True)
        except StackError as error:
            print(f"Kafka could not be fetched: {error}\n{ADVICE}", file=out)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
