"""The comparison: what was promised, what the log says, and what the services hold."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from portal_testing.stack.whole_log import LogRecord

from .databases import Databases
from .judge import Judge, Rows
from .ledger import Ledger

_KEYS = {
    "businesses": ("business_id",),
    "business_slugs": ("business_id", "slug"),
    "payment_invoices": ("business_id", "invoice_id", "payment_id"),
}
_OF_READ_MODEL = ("business_id", "id")
_OF_IDENTITY = {
    "businesses": ("business_id",),
    "business_slugs": ("business_id", "slug"),
    "customers": ("business_id", "customer_id"),
}
_OF_BILLING = {**_OF_IDENTITY, "invoices": ("business_id", "invoice_id")}
_OF_NOTIFIER = {
    **_OF_IDENTITY,
    "contact_addresses": ("business_id", "customer_id"),
    "notification_sources": ("business_id", "aggregate", "subject_id"),
}


@dataclass
class Verdict:
    """What was found. `missing` and `doubled` hold a line for each; both must be empty."""

    rows: int = 0
    """Rows that are as they must be."""
    applied: int = 0
    """Records behind the positions of their readers, each counted once a reader."""
    set_aside: int = 0
    mail_doubles: int = 0
    log_repeats: int = 0
    missing: list[str] = field(default_factory=list[str])
    doubled: list[str] = field(default_factory=list[str])

    def compare(self, where: str, expected: Rows, found: Rows) -> None:
        """Every expected row is there with these columns, and no other row is."""
        for key in expected.keys() | found.keys():
            wanted, got = expected.get(key), found.get(key)
            if wanted is None or got is None:
                self.missing.append(f"{where} {key}: {'not expected' if wanted is None else 'absent'}")
            elif wrong := [name for name, value in wanted.items() if got[name] != value]:
                seen = {name: got[name] for name in wrong if name != "state"}
                self.missing.append(
                    f"{where} {key}: {wrong} differ; {seen} for version {wanted.get('version')}"
                )
            else:
                self.rows += 1


async def judge_rows(verdict: Verdict, judge: Judge, databases: Databases) -> None:
    """Every table that follows from the log."""
    for table, expected in judge.portal_read().items():
        found = await databases.rows(
            "portal_read", f"projection_1.{table}", *_KEYS.get(table, _OF_READ_MODEL)
        )
        if table in ("business_slugs", "payment_invoices"):  # parts that their whole has left behind
            found = {key: row for key, row in found.items() if _counts(row, expected.get(key))}
        verdict.compare(f"portal-read {table}", expected, found)
    for package, tables, keys in (
        ("billing", judge.billing(), _OF_BILLING),
        ("notifier", judge.notifier(), _OF_NOTIFIER),
    ):
        for table, expected in tables.items():
            found = await databases.rows(package, table, *keys[table])
            if table == "business_slugs":  # those that their business has given up
                found = {key: row for key, row in found.items() if _counts(row, expected.get(key))}
            verdict.compare(f"{package} {table}", expected, found)
    people = judge.auth_otp()
    key = ("business_id", "customer_id")
    verdict.compare(
        "auth-otp customers", people["customers"], await databases.rows("auth_otp", "customers", *key)
    )
    verdict.compare("auth-otp contacts", people["contacts"], await databases.contacts())
    live = await databases.rows("auth_otp", "sessions", "business_id", "session_id")
    verdict.compare("auth-otp sessions", people["sessions"], live)


def _counts(row: dict[str, object], expected: dict[str, object] | None) -> bool:
    return expected is not None and row["version"] == expected["version"]


def judge_acknowledged(verdict: Verdict, ledger: Ledger, log: Iterable[LogRecord]) -> None:
    """Whatever the broker acknowledged lies where it said, byte for byte."""
    lying = {record.place: record.value for record in log}
    for place, value in ledger.contents.items():
        if lying.get(place) != value:
            verdict.missing.append(f"{place}: acknowledged, {'changed' if place in lying else 'gone'}")


async def judge_log(verdict: Verdict, ledger: Ledger, log: Iterable[LogRecord], databases: Databases) -> None:
    """Every appended event is on the log, in order; what is there twice is the same event twice."""
    told = set(ledger.published)
    ours = [r for r in log if r.place.topic.startswith("portal.") and r.place not in told]
    seen: defaultdict[tuple[str, str], list[LogRecord]] = defaultdict(list)
    for record in ours:
        seen[record.place.topic, record.key].append(record)
    published = {record.headers["ce_id"] for record in ours}
    for event, where in (await databases.appended()).items():
        if event not in published:
            verdict.missing.append(f"log: {where} was never published")
    for (topic, key), records in seen.items():
        _judge_key(verdict, f"{topic} {key}", records)


def _judge_key(verdict: Verdict, name: str, records: list[LogRecord]) -> None:
    first = dict[int, str]()
    for record in records:
        event = record.headers["ce_id"]
        if first.setdefault(record.sequence, event) != event:
            verdict.doubled.append(f"{name}: two events of version {record.sequence}")
    verdict.log_repeats += len(records) - len(first)
    if list(first) != sorted(first) or records[-1].sequence != max(first):
        verdict.missing.append(f"{name}: out of order, {[record.sequence for record in records]}")


async def judge_positions(verdict: Verdict, log: Iterable[LogRecord], databases: Databases) -> None:
    """Everybody stands behind the last record of what they read."""
    lying = defaultdict[tuple[str, int], list[int]](list)
    for record in log:
        lying[record.place.topic, record.place.partition].append(record.place.offset)
    for (consumer, topic, partition), position in (await databases.positions()).items():
        behind = [offset for offset in lying[topic, partition] if offset >= position]
        verdict.missing += [f"{consumer} has not read {topic}/{partition}/{offset}" for offset in behind]
        verdict.applied += len(lying[topic, partition]) - len(behind)


async def judge_dead_letters(verdict: Verdict, ledger: Ledger, databases: Databases) -> None:
    """Exactly the unreadable records, at everybody who reads their topic."""
    found = await databases.dead_letters()
    readers = {(consumer, topic) for consumer, topic, _ in await databases.positions()}
    expected = {(c, *place) for c, topic in readers for place in ledger.poison if place.topic == topic}
    verdict.set_aside = len(found & expected)
    verdict.applied -= verdict.set_aside
    verdict.missing += [f"dead letter {one}: absent" for one in sorted(expected - found)]
    verdict.doubled += [f"dead letter {one}: of a good record" for one in sorted(found - expected)]


async def judge_branding(verdict: Verdict, ledger: Ledger, databases: Databases) -> None:
    """Each name that was acknowledged became one event, in that order."""
    for business, names in ledger.branding.items():
        statement = f"SELECT data ->> 'name' FROM events WHERE business_id = '{business}' ORDER BY version"
        told = [str(name) for (name,) in await databases.query("branding", statement)]
        found = [name for name in told if name in set(names)]
        verdict.doubled += [f"branding {name}: {n} events" for name, n in Counter(found).items() if n > 1]
        if list(dict.fromkeys(found)) != names:
            verdict.missing.append(f"branding of {business}: told {names}, stored {found}")


async def judge_mail(verdict: Verdict, ledger: Ledger, mail: Counter[str], databases: Databases) -> None:
    """At least one message for each accepted request of somebody we know; none for anybody else."""
    for attempt in ledger.codes:
        if attempt.known and attempt.accepted and not mail[attempt.address]:
            verdict.missing.append(f"code for {attempt.address}: accepted, never arrived")
        if not attempt.known and mail[attempt.address]:
            verdict.doubled.append(f"code for {attempt.address}: sent to somebody unknown")
    taken = await databases.query("notifier", "SELECT 1 FROM deliveries WHERE kind = 'sign_in_code'")
    verdict.mail_doubles = max(0, sum(mail.values()) - len(taken))


async def judge_sessions(verdict: Verdict, ledger: Ledger, databases: Databases) -> None:
    """Each sign-in that was answered is one session that began once."""
    statement = "SELECT business_id, data ->> 'customer_id' FROM events WHERE version = 1"
    begun = Counter((str(b), str(c)) for b, c in await databases.query("auth_otp", statement))
    verdict.missing += [f"session of {one}: never began" for one in ledger.sessions if not begun[one]]
    verdict.doubled += [f"session of {one}: began {n} times" for one, n in begun.items() if n > 1]
