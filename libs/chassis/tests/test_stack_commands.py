"""`portal dlq`, `events`, `outbox` and `doctor` as operators type them, on real servers."""

import json
import signal
from pathlib import Path

import pytest
from chassis.events_out.relay import Relay
from sqlalchemy import text

from .command_line import portal, start
from .conftest import Bench
from .installed_service import install
from .log_bench import (
    TOPIC,
    append,
    applied,
    consumed,
    consumer,
    mine,
    publish_raw,
    recorder,
    refusing,
    running,
    until,
)

pytestmark = pytest.mark.stack
SECRET = "ann@example.com"


async def set_aside_one(bench: Bench) -> int:
    """A letter about k1 that holds an address; gives its number."""
    value = json.dumps({"business_id": bench.name, "contact_id": 7, "email": SECRET}).encode()
    headers: list[tuple[str, bytes | None]] = [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"019ab0f0-0000-7000-8000-000000000001"),
        ("ce_type", b"portal.PreferencesSet.v1"),
        ("ce_source", b"/test"),
        ("ce_subject", b"k1"),
        ("ce_time", b"2026-11-22T01:02:03Z"),
        ("ce_businessid", bench.name.encode()),
        ("ce_sequence", b"7"),
        ("content-type", b"application/json"),
        ("x-sent-by", SECRET.encode()),
    ]
    await publish_raw(bench, f"{bench.name}/k1".encode(), value, headers)
    await consumed(bench, consumer(bench, recorder(bench, "reader")), 1)
    return (await mine(bench))[0].number


async def test_the_list_says_what_why_and_where_and_nothing_personal(bench: Bench) -> None:
    number = await set_aside_one(bench)
    said = await portal(bench, "dlq", "list", "--code", "malformed")
    assert said.code == 0
    row = next(line for line in said.out.splitlines() if f"{bench.name}/k1" in line)
    for part in (str(number), "waiting", "malformed", "Expected `str`, got `int`", "v7", TOPIC):
        assert part in row
    shown = await portal(bench, "dlq", "show", str(number))
    assert "portal.PreferencesSet.v1" in shown.out
    assert SECRET not in said.out + said.err + shown.out + shown.err


async def test_the_value_shows_only_when_asked_for_and_with_a_warning(bench: Bench) -> None:
    number = await set_aside_one(bench)
    shown = await portal(bench, "dlq", "show", str(number), "--reveal")
    assert SECRET in shown.out
    assert "personal data" in shown.err
    ((found),) = (await portal(bench, "dlq", "show", str(number), "--json", "--reveal")).json
    assert json.loads(str(found["value"]))["email"] == SECRET


async def test_a_retry_is_done_by_the_service_that_is_installed(bench: Bench, tmp_path: Path) -> None:
    await append(bench, "k1", "en", "xx")
    record = recorder(bench, "reader")
    await consumed(bench, consumer(bench, refusing(bench, record, 2)), 2)
    (letter,) = await mine(bench)
    said = await portal(bench, "dlq", "retry", str(letter.number), **install(tmp_path, bench.name, refused=2))
    assert (said.code, said.out.splitlines()) == (
        1,
        [
            f"{letter.number} still cannot be applied: not_applicable: ZeroDivisionError",
            "1 tried, 0 applied.",
        ],
    )
    assert "ZeroDivisionError" in said.err  # with its frames
    late = install(tmp_path, bench.name, refused=2, error="TimeoutError")
    said = await portal(bench, "dlq", "retry", str(letter.number), **late)
    assert (said.code, said.err) == (
        1,
        f"{letter.number} is kept as it was: TimeoutError. Try again later.\n",
    )
    mended = install(tmp_path, bench.name)
    said = await portal(bench, "dlq", "retry", "--code", "not_applicable", "--json", **mended)
    assert (said.code, said.json) == (0, [{"number": letter.number, "applied": True}])
    assert await applied(bench, "reader") == [("k1", 1), ("k1", 2)]
    said = await portal(bench, "dlq", "retry", str(letter.number), **mended)
    assert (said.code, f"No letter fits: {letter.number}. " in said.err) == (1, True)
    said = await portal(bench, "dlq", "retry", "--code", "not_applicable", **mended)
    assert (said.code, said.out) == (0, "No letter fits.\n")


async def test_a_name_that_no_letter_can_have_is_refused_and_a_business_without_letters_is_not(
    bench: Bench,
) -> None:
    number = await set_aside_one(bench)
    for words in (("--code", "malfromed"), ("--topic", TOPIC[:-1]), ("--consumer", "readr")):
        said = await portal(bench, "dlq", "list", *words)
        assert (said.code, "there is no" in said.err) == (2, True), said.err
    mine_ = await portal(bench, "dlq", "list", "--business", bench.name, "--json")
    assert [row["number"] for row in mine_.json] == [number]
    said = await portal(bench, "dlq", "drop", "--business", "another", "--yes")
    assert (said.code, said.out) == (0, "No letter fits.\n")
    assert (await portal(bench, "dlq", "drop", "--business", bench.name, "--yes")).out == "1 dropped.\n"
    assert (await portal(bench, "dlq", "drop", "--all", "--yes")).code == 0


async def test_tail_names_each_record_that_it_could_not_read_and_counts_them(bench: Bench) -> None:
    await set_aside_one(bench)
    words = ("--business", bench.name, "--topic", TOPIC, "--type", "PreferencesSet")
    said = await portal(bench, "events", "tail", *words)
    (line,) = said.out.splitlines()
    for part in (f"{bench.name}/k1", "! malformed: Expected `str`, got `int`", f"({TOPIC}/"):
        assert part in line
    assert (said.code, said.err) == (0, "1 record(s) could not be read.\n")


async def test_tail_says_when_nothing_fits(bench: Bench) -> None:
    said = await portal(bench, "events", "tail", "--business", "biz-nobody", "--topic", TOPIC)
    assert (said.code, said.out, said.err) == (0, "", "Nothing fits (--since 1h).\n")


async def test_a_retry_without_the_service_or_its_consumer_is_a_sentence(
    bench: Bench, tmp_path: Path
) -> None:
    number = await set_aside_one(bench)
    said = await portal(bench, "dlq", "retry", str(number))
    assert (said.code, said.err) == (
        1,
        "The service of this database is not installed here: run this in the image of its worker.\n",
    )
    async with bench.worker.transaction() as tx:
        await tx.connection.execute(text("UPDATE dead_letters SET consumer = 'gone'"))
    said = await portal(bench, "dlq", "retry", str(number), **install(tmp_path, bench.name))
    assert (said.code, "No consumer of this build is named gone" in said.err) == (1, True)


async def test_drop_asks_first(bench: Bench) -> None:
    number = await set_aside_one(bench)
    assert (await portal(bench, "dlq", "drop", str(number), text="n\n")).code == 1
    assert len(await mine(bench)) == 1
    said = await portal(bench, "dlq", "drop", str(number), "--yes")
    assert (said.code, said.out) == (0, "1 dropped.\n")
    assert await mine(bench) == []
    assert (await portal(bench, "dlq", "drop", str(number), "--yes")).code == 1
    assert (await portal(bench, "dlq", "drop")).code == 2


async def test_a_wrong_event_of_a_file_keeps_all_of_it_back(bench: Bench) -> None:
    good = {"type": "PreferencesSet", "sequence": 1, "data": preferences(bench, "k1")}
    bad = {**good, "data": {}}
    both = f"{json.dumps(good)}\n{json.dumps(bad)}\n"
    said = await portal(bench, "events", "publish", "-", text=both)
    assert said.code == 1
    assert "standard input:2: malformed: Object missing required field `business_id`" in said.err
    assert await seen(bench) == []
    assert (await portal(bench, "events", "publish", "-", "--dry-run", text=json.dumps(good))).code == 0
    assert await seen(bench) == []


async def test_what_is_published_is_seen_and_verified(bench: Bench) -> None:
    events = [
        {"type": "PreferencesSet", "sequence": number, "data": preferences(bench, "k1")} for number in (1, 2)
    ]
    said = await portal(bench, "events", "publish", "-", text="\n".join(map(json.dumps, events)))
    assert said.code == 0, said.err
    assert f"portal.PreferencesSet.v1 {bench.name}/k1 v2: published at {TOPIC}/" in said.out
    assert [(line["key"], line["sequence"]) for line in await seen(bench)] == [
        (f"{bench.name}/k1", 1),
        (f"{bench.name}/k1", 2),
    ]
    old = {**events[0], "sequence": 1}
    await portal(bench, "events", "publish", "-", text=json.dumps(old))
    verified = await portal(bench, "events", "verify", "--topic", TOPIC, "--json")
    assert verified.code == 1
    overtaken = verified.json[0]["overtaken"]
    assert f"{bench.name}/k1: its last record is v1, but v2 came before it" in str(overtaken)


async def test_the_outbox_tells_what_waits_and_for_how_long(bench: Bench) -> None:
    assert (await portal(bench, "outbox", "status")).out == "Nothing waits.\n"
    await append(bench, "k1", "en", "ja")
    said = await portal(bench, "outbox", "status", "--json")
    assert (said.code, said.json[0]["rows"]) == (0, 2)
    relay = Relay(bench.name, bench.settings, bench.worker)

    async def empty() -> bool:
        return (await portal(bench, "outbox", "status", "--json")).json[0]["rows"] == 0

    async with running(relay):
        await until(empty)


async def test_a_watched_outbox_is_shown_until_ctrl_c_which_is_no_error(bench: Bench) -> None:
    process = await start(bench, "outbox", "status", "--watch")
    lines = [await process.stdout.readline() for _ in range(2)]
    process.send_signal(signal.SIGINT)
    assert (lines, await process.wait(), await process.stderr.read()) == ([b"Nothing waits.\n"] * 2, 0, b"")


async def test_a_server_that_does_not_answer_is_a_sentence_and_not_a_traceback(bench: Bench) -> None:
    down = {"DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none", "KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    for arguments in (("dlq", "list"), ("outbox", "status"), ("events", "verify")):
        said = await portal(bench, *arguments, **down)
        assert said.code == 1
        assert "Traceback" not in said.err
        assert "URL" in said.err or "KAFKA_BOOTSTRAP" in said.err
    said = await portal(bench, "dlq", "list", DATABASE_URL="")
    assert (said.code, "DATABASE_URL is not set" in said.err) == (1, True)


def preferences(bench: Bench, contact: str) -> dict[str, object]:
    return {"business_id": bench.name, "contact_id": contact, "locale": "en", "kinds": {}}


async def seen(bench: Bench) -> list[dict[str, object]]:
    said = await portal(bench, "events", "tail", "--business", bench.name, "--topic", TOPIC, "--json")
    assert said.code == 0, said.err
    return said.json
