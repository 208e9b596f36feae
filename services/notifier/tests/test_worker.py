"""The real worker process on real servers: an event in, a message out, and the code nowhere else."""

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from chassis import kafka
from chassis.clock import new_id
from chassis.reading import Received, read
from chassis.settings import load
from code_samples import (
    ADDRESS,
    NUMBER,
    PRIVATE,
    business_event,
    code_request,
    key_pair,
    received,
    ring_text,
    sealed,
)
from local_stack.ports import free_ports
from local_stack.servers.databases import DatabaseUrls
from local_stack.testing import Servers
from mailbox_beside import FROM, Mailbox, mailbox
from notifier.settings import Settings
from servicehub_events import DEFAULT_PARTITIONS, Channel, Event, Message, MessageSent, encode, partition_for
from servicehub_events.topics import MESSAGES

pytestmark = pytest.mark.stack
_businesses = itertools.count(1)


class _NoListener(kafka.ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked: object) -> None: ...

    def on_partitions_assigned(self, assigned: object) -> None: ...


@dataclass
class Stack:
    """The servers, a mailbox, and one notifier worker whose output goes to a file."""

    servers: Servers
    urls: DatabaseUrls
    box: Mailbox
    log: Path
    settings: Settings
    business_id: str
    partitions: int = DEFAULT_PARTITIONS

    async def publish(self, *events: Event) -> None:
        """Put events on their topics, as their publishers do."""
        producer = kafka.producer(self.settings, transactional_id=new_id())
        await producer.start()
        try:
            async with producer.transaction():
                for event in events:
                    record = encode(received(event, time=datetime.now(UTC)).envelope)
                    await producer.send(
                        record.topic,
                        key=record.key,
                        value=record.value,
                        headers=record.headers,
                        partition=partition_for(record.key, len(await producer.partitions_for(record.topic))),
                    )
        finally:
            await producer.stop()

    def request(
        self, channel: Channel = "email", life: timedelta = timedelta(minutes=10), **changes: object
    ) -> Event:
        """A code request of this stack's business, made now."""
        return code_request(
            channel, now=datetime.now(UTC), life=life, business_id=self.business_id, **changes
        )

    async def told(self, count: int) -> list[Message]:
        """The next so many events in Kafka about messages of this stack's business, from the beginning."""
        found: list[Message] = []
        client = kafka.consumer(self.settings, group=new_id())
        client.subscribe([MESSAGES.name], listener=_NoListener())
        await client.start()
        try:
            async with asyncio.timeout(20):
                while len(found) < count:
                    fetched = await client.getmany(timeout_ms=200, max_records=100)
                    for records in fetched.values():
                        found += self._mine(read(records, self.partitions).events)
        finally:
            await client.stop()
        return found

    def _mine(self, events: Sequence[Received]) -> list[Message]:
        told = (event.envelope.event for event in events)
        return [one for one in told if isinstance(one, Message) and one.business_id == self.business_id]

    async def everything_stored(self) -> str:
        """All rows of all tables, as text."""
        async with await psycopg.AsyncConnection.connect(self.urls.owner) as connection:
            tables = await connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
            found: list[str] = []
            for (table,) in await tables.fetchall():
                rows = await connection.execute(f"SELECT t::text FROM {table} t".encode())
                found += [str(row) for row in await rows.fetchall()]
            return "\n".join(found)


@asynccontextmanager
async def _worker(environment: dict[str, str], log: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "notifier", "worker"), env=environment, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(20):
            await process.wait()


@pytest.fixture
def ports() -> Iterator[int]:
    return (int(port) for port in free_ports().values())


@pytest.fixture
async def stack(servers: Servers, ports: Iterator[int], tmp_path: Path) -> AsyncGenerator[Stack]:
    urls = await servers.fresh_database("notifier")
    async with mailbox() as box:
        environment = servers.environment(
            "notifier", "worker", urls, http_port=next(ports), health_port=next(ports)
        ) | {
            "SEAL_PRIVATE_KEYS": ring_text(PRIVATE),
            "SMTP_URL": box.smtp_url,
            "TWILIO_BASE_URL": box.http_url,
            "TWILIO_ACCOUNT_SID": box.account.sid,
            "TWILIO_AUTH_TOKEN": box.account.token,
            "TWILIO_FROM": FROM,
            "LOG_LEVEL": "debug",
        }
        log = tmp_path / "worker.log"
        async with _worker(environment, log) as process:
            settings = load(Settings, environment)
            yield Stack(servers, urls, box, log, settings, f"b-worker-{next(_businesses)}")
            process.terminate()
            assert await process.wait() == 0, log.read_text()


async def test_an_event_in_is_a_message_out_through_failures_and_nothing_else_shows_the_code(
    stack: Stack,
) -> None:
    _, other = key_pair()
    codes = ["918273", "827364", "736455"]
    stack.box.faults.plan("smtp", "451")
    stack.box.faults.plan("sms", "500")
    await stack.publish(
        business_event(business_id=stack.business_id, name="ひかり清掃 ✨"),
        stack.request(sealed=sealed(ADDRESS, codes[0])),
        stack.request("sms", sealed=sealed(NUMBER, codes[1])),
        stack.request(sealed=sealed(ADDRESS, codes[2], public=other)),
        stack.request(life=timedelta(seconds=-1)),
    )
    await stack.box.inbox.until(lambda: len(stack.box.inbox) == 2)
    told = await stack.told(2)

    by_kind = {message.kind: message for message in stack.box.inbox}
    assert codes[0] in by_kind["email"].text
    assert codes[1] in by_kind["sms"].text
    assert by_kind["email"].sender.name == "ひかり清掃 ✨"
    assert all(isinstance(event, MessageSent) for event in told)
    seen = {
        "log": stack.log.read_text(),
        "tables": await stack.everything_stored(),
        "events": repr(told),
    }
    assert "delivery.postponed" in seen["log"]
    assert "undecipherable" in seen["tables"]
    for place, shown in seen.items():
        for canary in (*codes, ADDRESS, NUMBER):
            assert canary not in shown, f"{canary} is in the {place}"


async def test_once_the_worker_runs_a_code_leaves_within_a_second(stack: Stack) -> None:
    await stack.publish(business_event(business_id=stack.business_id), stack.request())
    await stack.box.inbox.until(lambda: len(stack.box.inbox) == 1)
    asked = datetime.now(UTC)
    await stack.publish(stack.request(challenge_id=new_id()))
    await stack.box.inbox.until(lambda: len(stack.box.inbox) == 2)
    assert next(iter(stack.box.inbox)).received - asked < timedelta(seconds=1)
