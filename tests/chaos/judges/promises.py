"""What was promised is kept: acknowledged records, appended events, names, sessions, codes."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import httpx
import msgspec
from portal_testing.stack.whole_log import LogRecord

from tests.chaos.judges.databases import Databases
from tests.chaos.judges.ledger import Ledger
from tests.chaos.judges.verdict import Verdict

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


def judge_acknowledged(verdict: Verdict, ledger: Ledger, log: Iterable[LogRecord]) -> None:
    """Whatever the broker acknowledged lies where it said, byte for byte."""
    values = {record.place: record.value for record in log}
    for place, value in ledger.records.items():
        if values.get(place) != value:
            verdict.missing.append(f"{place}: acknowledged, {'changed' if place in values else 'gone'}")


def judge_published(verdict: Verdict, log: Iterable[LogRecord], appended: Mapping[str, str]) -> None:
    """Every appended event (id → where) is on the log, in order; a second record is the same event again."""
    streams: defaultdict[str, list[LogRecord]] = defaultdict(list)
    for record in log:
        streams[f"{record.place.topic} {record.key}"].append(record)
    published = {record.headers["ce_id"] for records in streams.values() for record in records}
    verdict.missing += [
        f"{where}: {event} was never published" for event, where in appended.items() if event not in published
    ]
    for name, records in streams.items():
        _judge_stream(verdict, name, records)


def _judge_stream(verdict: Verdict, name: str, records: Sequence[LogRecord]) -> None:
    events = dict[int, str]()
    for record in records:
        event = record.headers["ce_id"]
        if events.setdefault(record.sequence, event) != event:
            verdict.doubled.append(f"{name}: two events of version {record.sequence}")
    verdict.repeated_records += len(records) - len(events)
    if list(events) != sorted(events) or records[-1].sequence != max(events):
        verdict.missing.append(f"{name}: out of order, {[record.sequence for record in records]}")


async def judge_names(verdict: Verdict, ledger: Ledger, databases: Databases) -> None:
    """Each name that was acknowledged became one event of branding, in that order."""
    for business_id, names in ledger.names.items():
        statement = f"SELECT data ->> 'name' FROM events WHERE business_id = '{business_id}' ORDER BY version"
        stored = [str(name) for (name,) in await databases.query("branding", statement) if name in set(names)]
        verdict.doubled += [f"name {name}: {n} events" for name, n in Counter(stored).items() if n > 1]
        if list(dict.fromkeys(stored)) != names:
            verdict.missing.append(f"names of {business_id}: acknowledged {names}, stored {stored}")


async def judge_sessions(verdict: Verdict, ledger: Ledger, databases: Databases) -> None:
    """Each sign-in that was answered is a session, and nobody has more sessions than sign-ins."""
    statement = "SELECT business_id, data ->> 'customer_id' FROM events WHERE version = 1"
    begun = Counter((str(b), str(c)) for b, c in await databases.query("auth_otp", statement))
    verdict.missing += [
        f"sessions of {one}: {begun[one]} of {n} began" for one, n in (ledger.sessions - begun).items()
    ]
    verdict.doubled += [f"sessions of {one}: {n} too many" for one, n in (begun - ledger.sign_ins).items()]


async def judge_mail(verdict: Verdict, ledger: Ledger, mailbox_url: str, databases: Databases) -> None:
    """At least one message for each accepted request of a known address; none for any other."""
    mails = await _codes_by_address(mailbox_url)
    for code in ledger.codes:
        if code.known and code.accepted and not mails[code.address]:
            verdict.missing.append(f"code for {code.address}: accepted, never arrived")
        if not code.known and mails[code.address]:
            verdict.doubled.append(f"code for {code.address}: sent to an unknown address")
    deliveries = await databases.query("notifier", "SELECT 1 FROM deliveries WHERE kind = 'sign_in_code'")
    verdict.repeated_mails = max(0, mails.total() - len(deliveries))


class _Addressee(msgspec.Struct):
    Address: str


class _ListedMessage(msgspec.Struct):
    To: list[_Addressee]
    Snippet: str
    Subject: str


class _Messages(msgspec.Struct):
    messages: list[_ListedMessage]


async def _codes_by_address(mailbox_url: str) -> Counter[str]:
    """How many messages with a sign-in code each address got."""
    counts = Counter[str]()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.get(f"{mailbox_url}/api/v1/messages", params={"limit": "100000"})
    for message in msgspec.json.decode(answer.content, type=_Messages).messages:
        if _CODE.search(f"{message.Subject} {message.Snippet}"):
            counts.update(to.Address for to in message.To)
    return counts
