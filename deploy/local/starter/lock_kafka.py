"""For developers: write `kafka.lock` anew, with Maven itself as the judge of versions (needs `mvn`).

.venv/bin/python deploy/local/starter/lock_kafka.py 4.4.0
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from local_stack.servers.kafka_jars import LOCK, checksum

HEAD = """\
# Apache Kafka and everything it needs: group:artifact:version sha256
# Written by: .venv/bin/python deploy/local/starter/lock_kafka.py VERSION
"""
# slf4j is 1.7 in Kafka, so its log4j binding is `-impl`, not `-slf4j2-impl`; without it Kafka logs nothing.
POM = """\
<project><modelVersion>4.0.0</modelVersion><groupId>lock</groupId><artifactId>lock</artifactId><version>1</version>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{kafka}</version></dependency>
{more}</dependencies></project>
"""
BINDING = """\
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
<version>{log4j}</version></dependency>
"""
COPY = ("dependency:copy-dependencies", "-DincludeScope=runtime", "-Dmdep.useRepositoryLayout=true")


def main(kafka: str) -> None:
    """Resolve `kafka_2.13` of this version and write the lock."""
    with tempfile.TemporaryDirectory() as folder:
        plain = _resolve(Path(folder) / "plain", POM.format(kafka=kafka, more=""))
        log4j = next(version for _, artifact, version, _ in plain if artifact == "log4j-core")
        full = _resolve(Path(folder) / "full", POM.format(kafka=kafka, more=BINDING.format(log4j=log4j)))
    lines = sorted(f"{group}:{artifact}:{version} {sha256}" for group, artifact, version, sha256 in full)
    LOCK.write_text(HEAD + "\n".join(lines) + "\n")
    print(f"{len(lines)} jars in {LOCK}")  # noqa: T201


def _resolve(folder: Path, pom: str) -> list[tuple[str, str, str, str]]:
    folder.mkdir()
    (folder / "pom.xml").write_text(pom)
    jars = folder / "jars"
    subprocess.run(["mvn", "-q", "-B", *COPY, f"-DoutputDirectory={jars}"], cwd=folder, check=True)  # noqa: S603, S607
    return [_describe(jar, jars) for jar in jars.rglob("*.jar")]


def _describe(jar: Path, root: Path) -> tuple[str, str, str, str]:
    *group, artifact, version, _ = jar.relative_to(root).parts
    return ".".join(group), artifact, version, checksum(jar)


if __name__ == "__main__":
    main(sys.argv[1])
