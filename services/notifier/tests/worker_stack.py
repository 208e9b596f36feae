"""The real worker process on real servers, and a mailbox beside it."""

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import psycopg
from chassis.clock import new_id
from chassis.events_in.records import Received, decode
from chassis.kafka import clients as kafka
from chassis.settings import load
from chassis.web import service_token
from local_stack.environment import NEWS_FOLD
from local_stack.ports import free_ports
from local_stack.servers.databases import DatabaseUrls
from mailbox_beside import FROM, Mailbox, mailbox
from notifier.handlers.accept_code import AcceptCode
from notifier.settings import Settings
from portal_testing.envelopes import envelope_of
from portal_testing.stack import Servers, eventually
from portal_testing.stack.command import portal
from servicehub_events import DEFAULT_PARTITIONS, Customer, Event, encode, partition_for
from servicehub_events import Message as Told
from servicehub_events.topics import MESSAGES
from stand_in_mailbox.messages import Message

_businesses = itertools.count(1)


class _NoListener(kafka.ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked: object) -> None: ...

    def on_partitions_assigned(self, assigned: object) -> None: ...


@dataclass
class Stack:
    """The servers, a mailbox, and one notifier worker whose output goes to a file."""

    urls: DatabaseUrls
    box: Mailbox
    http: httpx.AsyncClient
    log: Path
    environment: dict[str, str]
    business_id: str
    partitions: int = DEFAULT_PARTITIONS
    process: asyncio.subprocess.Process | None = None
    api: asyncio.subprocess.Process | None = None

    @property
    def settings(self) -> Settings:
        return load(Settings, self.environment)

    async def start(self) -> None:
        """Run a worker."""
        self.process = await self._start("worker", self.environment)

    async def serve(self) -> None:
        """Run an api too, and wait until it answers."""
        self.api = await self._start("api", self.environment | {"DATABASE_URL": self.urls.web})

        async def ready() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await self.http.get("/health/ready")).status_code == 200
            return False

        await eventually(ready, what="the api serves", within=20)

    async def _start(self, process: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
        with self.log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "notifier", process), env=environment, stdout=output, stderr=output
            )

    async def hand_over(self, code: AcceptCode) -> None:
        """Have a code sent, as auth-otp does."""
        header = service_token.authorization(
            self.settings.notifier_keys, caller="auth-otp", audience="notifier", now=datetime.now(UTC)
        )
        fields = msgspec.to_builtins(code)
        answer = await self.http.post(
            "/internal/sign-in-codes", json=fields, headers={"Authorization": header}
        )
        assert answer.status_code == 202, answer.text

    async def kill(self) -> None:
        """End the worker without a word."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def portal(self, *words: str) -> tuple[int, str]:
        """The command in the worker's pod: exit code and output."""
        code, out, _ = await portal(self.environment, *words)
        return code, out

    async def stop(self) -> None:
        """Ask the worker to end, and see that it does so in peace."""
        assert self.process is not None
        self.process.terminate()
        async with asyncio.timeout(20):
            assert await self.process.wait() == 0, self.log.read_text()

    async def publish(
        self,
        *events: Event,
        sequence: int = 1,
        age: timedelta = timedelta(),
        damage: bytes = b"",
        quiet: bool = False,
    ) -> None:
        """Put events on their topics, as their publishers do, so long after they happened."""
        producer = kafka.producer(self.settings, transactional_id=new_id())
        await producer.start()
        try:
            async with producer.transaction():
                for event in events:
                    told = envelope_of(event, sequence, time=datetime.now(UTC) - age)
                    no_news = quiet or isinstance(event, Customer)  # nobody is told of their page
                    told = msgspec.structs.replace(told, quiet=no_news)
                    record = encode(told)
                    await producer.send(
                        record.topic,
                        key=record.key,
                        value=damage or record.value,
                        headers=record.headers,
                        partition=partition_for(record.key, len(await producer.partitions_for(record.topic))),
                    )
        finally:
            await producer.stop()

    def arrived(self) -> list[Message]:
        """What arrived for this stack's business, if that is named with its id: the log is all tests'."""
        return [
            message for message in self.box.inbox if self.business_id in (message.sender.name + message.text)
        ]

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        """The answer to a statement, as the owner of the database."""
        async with await psycopg.AsyncConnection.connect(self.urls.owner) as connection:
            return list(await (await connection.execute(statement.encode())).fetchall())

    async def told(self, count: int) -> list[Told]:
        """The next so many events in Kafka about messages of this stack's business, from the beginning."""
        found: list[Told] = []
        client = kafka.consumer(self.settings, group=new_id())
        client.subscribe([MESSAGES.name], listener=_NoListener())
        await client.start()
        try:
            async with asyncio.timeout(20):
                while len(found) < count:
                    fetched = await client.getmany(timeout_ms=200, max_records=100)
                    for records in fetched.values():
                        decoded = [decode(record) for record in records]
                        found += self._mine([event for event in decoded if isinstance(event, Received)])
        finally:
            await client.stop()
        return found

    def _mine(self, events: Sequence[Received]) -> list[Told]:
        told = (event.envelope.event for event in events)
        return [one for one in told if isinstance(one, Told) and one.business_id == self.business_id]

    async def everything_stored(self) -> str:
        """All rows of all tables. Bytes are shown as such: among their hexadecimal digits is any number."""
        async with await psycopg.AsyncConnection.connect(self.urls.owner) as connection:
            tables = await connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
            found: list[str] = []
            for (table,) in await tables.fetchall():
                rows = await connection.execute(f"SELECT * FROM {table}".encode())
                found += [str(row) for row in await rows.fetchall()]
            return "\n".join(found)


@asynccontextmanager
async def worker_stack(servers: Servers, log: Path, **environment: str) -> AsyncGenerator[Stack]:
    """A worker on a database of its own, stopped in the end. Some of its environment may be changed."""
    urls, ports = await servers.fresh_database("notifier"), list(free_ports().values())
    url = f"http://127.0.0.1:{ports[0]}"
    async with (
        mailbox(f"{url}/notifications/webhooks/twilio/replies") as box,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        told = servers.environment(
            "notifier", "worker", urls, http_port=int(ports[0]), health_port=int(ports[1])
        ) | {
            "PUBLIC_ORIGIN": url,
            "SMTP_URL": box.smtp_url,
            "TWILIO_BASE_URL": box.http_url,
            "TWILIO_ACCOUNT_SID": box.account.sid,
            "TWILIO_AUTH_TOKEN": box.account.token,
            "TWILIO_FROM": FROM,
            "LOG_LEVEL": "debug",
            NEWS_FOLD: "10",  # longer than it takes a busy machine to publish what is said at once
        }
        stack = Stack(urls, box, http, log, told | environment, f"b-worker-{next(_businesses):03}")
        await stack.start()
        try:
            yield stack
            if stack.process and stack.process.returncode is None:
                await stack.stop()
        finally:
            for process in (stack.process, stack.api):
                if process and process.returncode is None:
                    process.kill()
                    await process.wait()
