"""Apache Kafka: one node that is broker and controller (KRaft)."""

import sys
from pathlib import Path

from local_stack.probes import tcp
from local_stack.process.parts import Command, Daemon, Job, Part
from local_stack.servers.java import java
from local_stack.servers.kafka_jars import locked, missing

# A small heap, and only the quick compiler: measured ready in 3 s at 350 MB.
JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
LOG4J = Path(__file__).with_name("log4j2.properties")
# Any 22 base64url characters serve as the cluster's id: the data folder holds one cluster for ever.
CLUSTER_ID = "ServiceHubPortalLocal0"


class Kafka:
    """One server: where it lives and the parts that start it."""

    def __init__(self, data: Path, port: int, controller_port: int) -> None:
        self.port = port
        self._controller_port = controller_port
        self._home = data / "kafka"
        self._properties = self._home / "server.properties"

    @property
    def bootstrap(self) -> str:
        """Address for clients."""
        return f"127.0.0.1:{self.port}"

    def parts(self, environment: dict[str, str]) -> tuple[Part, ...]:
        """Write the configuration; return the parts: fetch and format the first time, then the server.

        `environment` is what the fetching job runs with (proxies, certificates, Maven settings).
        """
        (self._home / "log").mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._configuration())
        parts: list[Part] = []
        if missing(locked()):
            fetch = (sys.executable, "-m", "local_stack.servers.kafka_jars")
            parts.append(Job("kafka-jars", Command(fetch, environment)))
        if not (self._home / "log" / "meta.properties").exists():
            name, *options = (
                "kafka.tools.StorageTool",
                "format",
                "-t",
                CLUSTER_ID,
                "-c",
                str(self._properties),
            )
            parts.append(Job("kafka-format", self._java(name, *options), _names(parts), echo=False))
        server = self._java("kafka.Kafka", str(self._properties))
        parts.append(Daemon("kafka", server, tcp(self.port), _names(parts), echo=False))
        return tuple(parts)

    def _java(self, main: str, *arguments: str) -> Command:
        jars = ":".join(str(jar.path) for jar in locked())
        options = (*JVM, f"-Dlog4j2.configurationFile={LOG4J}", f"-Dkafka.logs.dir={self._home}")
        # Java busy-waits on a faked clock, so that the broker stays on the machine's own.
        return Command((java(), *options, "-cp", jars, main, *arguments), {"LD_PRELOAD": ""}, cwd=self._home)

    def _configuration(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self._home / "log",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 8,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "log.message.timestamp.after.max.ms": 2**63 - 1,  # tests let clients live in another year
            "log.cleaner.dedupe.buffer.size": 33_554_432,  # the default takes a third of our heap
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _names(parts: list[Part]) -> tuple[str, ...]:
    return tuple(part.name for part in parts)
