"""Logs last over a restart, stay small, survive a full disk, and look the same whoever wrote them."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from local_stack.environment import Addresses
from local_stack.errors import StackError
from local_stack.follow import follow
from local_stack.process.console import LOG_BYTES, Console
from local_stack.process.lines import readable
from local_stack.state import State, lock, write_state


def ours(event: str, **fields: object) -> str:
    """A line as chassis writes it."""
    told = {"service": "billing", "timestamp": "2026-11-29T19:51:58.312456Z", "level": "info"}
    return json.dumps({"event": event, "logger": "chassis.web.app", **told, **fields})


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (ours("code.sent", business="b1"), "19:51:58.312 info    code.sent business=b1"),
        (
            ours("no broker is there", logger="aiokafka.consumer", level="warning"),
            "19:51:58.312 warning aiokafka.consumer: no broker is there",
        ),
        (
            '{"level":"warn","ts":1795981918.5,"logger":"http","msg":"no such upstream","port":1}',
            "19:51:58.500 warning http: no such upstream port=1",
        ),
        (
            "2026-11-29 19:51:58.312 UTC [77] FATAL:  the database system is starting up",
            "19:51:58.312 fatal   the database system is starting up",
        ),
        (
            "2026-11-29 19:51:58.312 WARN KafkaServer: a disk is slow",
            "19:51:58.312 warning KafkaServer: a disk is slow",
        ),
        (
            "77:M 2026-11-29T19:51:58.312+00:00 * Ready to accept connections tcp",
            "19:51:58.312 info    Ready to accept connections tcp",
        ),
        (
            "2026-11-29 19:51:58,312 INFO mail.log: a mail came",
            "19:51:58.312 info    mail.log: a mail came",
        ),
        (
            "INFO simulator simulator.ready: published",
            "             info    simulator simulator.ready: published",
        ),
        ('{"broken', '{"broken'),
        ('{"no": "event"}', '{"no": "event"}'),
        ("plain", "plain"),
    ],
)
def test_a_line_is_shown_as_time_level_name_and_text(line: str, shown: str) -> None:
    assert readable(line) == shown


def test_an_error_is_shown_with_the_places_it_came_through() -> None:
    frames = [{"filename": "store.py", "lineno": 7, "name": "find", "locals": None}]
    error = {"exc_type": "ValueError", "exc_value": "no row", "frames": frames, "syntax_error": None}
    assert readable(ours("http.failed", level="error", exception=[error])).splitlines() == [
        "19:51:58.312 error   http.failed",
        "  store.py:7 in find",
        "ValueError: no row",
    ]


def test_a_log_goes_on_after_a_restart(tmp_path: Path) -> None:
    for line in ("before", "after"):
        log = Console(tmp_path, StringIO()).log_for("job", echo=False)
        log.write(line)
        log.close()
    assert (tmp_path / "job.log").read_text() == "before\nafter\n"


def test_a_log_keeps_its_newest_lines_within_a_limit(tmp_path: Path) -> None:
    log = Console(tmp_path, StringIO()).log_for("job", echo=False)
    lines = [f"{number} {'x' * (LOG_BYTES // 4)}" for number in range(20)]
    for line in lines:
        log.write(line)
    log.close()
    kept = [tmp_path / "job.log.1", tmp_path / "job.log"]
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    assert all(path.stat().st_size <= LOG_BYTES for path in kept)
    text = "".join(path.read_text() for path in kept)
    assert text.splitlines() == lines[-len(text.splitlines()) :]


def test_a_full_disk_does_not_stop_a_part_that_writes(tmp_path: Path) -> None:
    (tmp_path / "job.log").symlink_to("/dev/full")
    terminal = StringIO()
    log = Console(tmp_path, terminal).log_for("job", echo=True)
    log.write("line")
    log.close()
    assert terminal.getvalue() == "job                  | line\n"


class Reader:
    """`make logs` in a thread, and what it has shown."""

    def __init__(self, data: Path, part: str, until: Callable[[], str]) -> None:
        self._thread = Thread(target=follow, args=(data, part))
        self._until = until
        self.shown = ""
        self._thread.start()

    def waits_for(self, text: str) -> None:
        for _ in range(200):
            self.shown += self._until()
            if text in self.shown:
                return
            self._thread.join(0.05)
        raise AssertionError(f"{text!r} was never shown: {self.shown!r}")

    def ends(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def stack(tmp_path: Path) -> State:
    addresses = Addresses("", "", "", "", "", "", "", "", "", {}, {}, {})
    return State(1, True, {"kafka": "ready", "billing api": "ready", "topics": "done"}, addresses, "")


def test_the_logs_of_a_service_are_followed_until_the_stack_stops(
    tmp_path: Path, stack: State, capsys: pytest.CaptureFixture[str]
) -> None:
    write_state(tmp_path, stack)
    console = Console(tmp_path / "logs", StringIO())
    kafka, billing = (console.log_for(name, echo=False) for name in ("kafka", "billing api"))
    with lock(tmp_path):
        kafka.write("of kafka")
        billing.write(ours("old.event"))
        reader = Reader(tmp_path, "billing", lambda: capsys.readouterr().out)
        reader.waits_for("billing api          | 19:51:58.312 info    old.event\n")
        for number in range(5):
            billing.write(f"{number} {'x' * (LOG_BYTES // 4)}")  # so many that a new file begins
        billing.write("newest")
        reader.waits_for("billing api          | newest\n")
    reader.ends()
    assert "of kafka" not in reader.shown
    for log in (kafka, billing):
        log.close()


def test_logs_of_what_is_not_there_say_what_is(tmp_path: Path, stack: State) -> None:
    with pytest.raises(StackError, match="make run"):
        follow(tmp_path, "")
    write_state(tmp_path, stack)
    Console(tmp_path / "logs", StringIO()).log_for("kafka", echo=False).close()
    with (
        lock(tmp_path),
        pytest.raises(StackError, match="Nothing named redis has a log here; there are kafka"),
    ):
        follow(tmp_path, "redis")
