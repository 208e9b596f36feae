"""What `portal` says without any server: help, versions, names that nothing has, a status that is watched."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from chassis.commands.event_files import read_events
from chassis.commands.event_log import LogRecord
from chassis.commands.known_names import check_name
from chassis.commands.phone_warnings import warnings_of
from chassis.commands.shell import shell
from chassis.commands.watching import watch
from typer.testing import CliRunner

RUNNER = CliRunner()


def commands(group: object, *path: str) -> Iterator[list[str]]:
    yield list(path)
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *path, name)


def test_h_is_help_everywhere() -> None:
    app = shell()
    paths = list(commands(typer.main.get_command(app)))
    assert ["events", "tail"] in paths
    for path in paths:
        said = RUNNER.invoke(app, [*path, "-h"])
        assert (said.exit_code, "Usage:" in said.output) == (0, True), path


def test_the_version_names_what_is_installed_and_the_schemas_that_it_brings() -> None:
    said = RUNNER.invoke(shell(), ["--version"])
    lines = dict(line.split(" ", 1) for line in said.output.splitlines())
    assert (said.exit_code, {"portal", "events"} <= lines.keys()) == (0, True)
    services = {name: line for name, line in lines.items() if name not in ("portal", "events")}
    assert all("database 00" in line for line in services.values())
    assert "portal-read" not in services or "projection " in services["portal-read"]


def test_a_shell_can_be_taught_to_complete() -> None:
    assert "--install-completion" in RUNNER.invoke(shell(), ["-h"]).output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["events", "tail", "--type", "InvoiceIsued"], "did you mean InvoiceIssued"),
        (["events", "tail", "--type", "servicehub.InvoiceIsued.v1"], "did you mean InvoiceIssued"),
        (["events", "tail", "--topic", "servicehub.invoice.v1"], "did you mean servicehub.invoices.v1"),
        (["events", "verify", "--topic", "x"], "there are "),
        (["dlq", "drop"], "--business"),
    ],
)
def test_a_name_that_nothing_has_is_refused_with_the_nearest(words: list[str], text: str) -> None:
    said = RUNNER.invoke(shell(), words, env={"COLUMNS": "400"})
    assert (said.exit_code, text in said.output) == (2, True), said.output


def test_without_a_near_name_all_are_told() -> None:
    with pytest.raises(typer.BadParameter, match="there is no code xyz: there are malformed, tombstone"):
        check_name("code", "xyz", {"tombstone", "malformed"})
    check_name("code", "tombstone", {"tombstone", "malformed"})
    check_name("code", None, ())


def test_a_watched_status_is_shown_again_until_it_is_interrupted_which_is_no_error() -> None:
    looks, pauses = iter(["one", "two"]), list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    app = typer.Typer()

    @app.command()
    def status() -> None:
        watch(lambda: next(looks), pause)

    _ = status
    said = RUNNER.invoke(app)
    assert (said.exit_code, said.output.split(), pauses) == (0, ["one", "two"], [2.0, 2.0])


def test_a_warning_names_the_contact_and_not_the_number(tmp_path: Path) -> None:
    contact = {"contact_id": "k-7", "name": "A", "phone": "+15555555555"}
    data = {"business_id": "b-1", "customer_id": "c-1", "display_name": "A", "kind": "person"}
    event = {
        "type": "CustomerRegistered",
        "sequence": 1,
        "data": {**data, "portal_access": True, "contacts": [contact]},
    }
    ready, faults = read_events(json.dumps(event).encode())
    (warning,) = warnings_of(ready)
    assert (faults, warning.line, warning.code) == ([], 1, "phone_gets_no_text")
    assert "k-7" in warning.message
    assert "5555" not in warning.message
    path = tmp_path / "events.json"
    path.write_text(json.dumps(event))
    said = RUNNER.invoke(shell(), ["events", "validate", str(path)])
    assert (said.exit_code, "warning: phone_gets_no_text: phone of contact k-7" in said.output) == (0, True)
    said = RUNNER.invoke(shell(), ["events", "validate", "--json", str(path)])
    assert json.loads(said.output)["level"] == "warning"


class Unreadable:
    """A record that is no event; its key or its headers say whose it is."""

    topic, partition, offset, timestamp, value = "t", 3, 17, 0, b"{"

    def __init__(self, key: bytes | None, **headers: bytes) -> None:
        self.key, self.headers = key, tuple(headers.items())


def test_an_unreadable_record_says_where_it_lies_and_whose_it_is_as_far_as_it_can() -> None:
    seen = LogRecord(Unreadable(b"b-1/c", ce_type=b"a.B.v1"), None, "malformed", "why")
    assert (seen.place, seen.type, seen.business_id) == ("t/3/17", "a.B.v1", "b-1")
    assert LogRecord(Unreadable(None, ce_businessid=b"b-2"), None, "", "").business_id == "b-2"
    assert LogRecord(Unreadable(b"odd"), None, "", "").business_id is None
