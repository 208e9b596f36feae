"""The command that CI runs: what it says of a change, and what it lets be published."""

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from servicehub_events.catalogue.scalars import Amount
from servicehub_events_tools.__main__ import gate, main, publish
from servicehub_events_tools.gate import load, present
from servicehub_events_tools.gate.contract import PUBLISHED
from servicehub_events_tools.testing.variants import contract, field, registry, topic, variant

OLD = present(registry(variant(x=field(Amount))))
WIDER = present(registry(variant(x=field(Amount), y=field(str | None, default=None))))
BROKEN = present(registry(variant(x=field(str))))


def test_the_source_tree_passes() -> None:
    assert main(["gate"]) == 0


def test_an_added_optional_field_passes_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(OLD, WIDER) == 0
    assert "portal.ParcelSent.v1: changed compatibly (new: y);" in capsys.readouterr().out


def test_a_breaking_change_fails_naming_event_field_and_readers(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(OLD, BROKEN) == 1
    said = capsys.readouterr().err
    assert "portal.ParcelSent.v1\n" in said
    assert re.search(r"field +x\n", said)
    assert re.search(r"was integer, is string", said)
    assert re.search(r"read by +billing, notifier; published by parcels", said)


def test_against_a_real_contract_that_was_stricter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(PUBLISHED, tmp_path / "published")
    path = tmp_path / "published" / "portal.PaymentCaptured.v1.json"
    schema = json.loads(path.read_text())
    schema["$defs"]["Allocation"]["properties"]["amount"]["type"] = "string"
    schema["properties"]["receipt_number"] = {"type": "string"}
    path.write_text(json.dumps(schema))
    assert main(["gate", "--published", str(tmp_path / "published")]) == 1
    said = capsys.readouterr().err
    assert "allocations[].amount" in said
    assert "receipt_number" in said
    assert "notifier, portal-read, servicehub-core; published by billing" in said


def test_publishing_moves_what_is_compatible_and_refuses_what_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "published"
    assert publish(folder, OLD) == 0
    assert publish(folder, WIDER) == 0
    assert publish(folder, BROKEN) == 1
    kept = load(folder)
    assert kept.schemas == WIDER.schemas
    assert publish(folder, OLD) == 1, "what was published cannot be taken back"


def test_what_is_withdrawn_is_published_no_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    brief = contract(topic(variant(x=field(Amount)), compact=False, retention=timedelta(hours=1)))
    folder, nothing = tmp_path / "published", contract()
    publish(folder, brief)
    assert gate(load(folder), nothing) == 0
    assert publish(folder, nothing) == 0
    assert "withdrew portal.parcels.v1" in capsys.readouterr().out
    assert load(folder) == nothing
    assert gate(load(folder), nothing) == 0


def test_amounts_are_worded_anew_only_when_somebody_says_so(tmp_path: Path) -> None:
    schema = json.loads(json.dumps(OLD.schemas["portal.ParcelSent.v1"]))
    schema["properties"]["x"]["description"] = "What the parcel costs."
    reworded = type(OLD)({"portal.ParcelSent.v1": schema}, OLD.topics)
    folder = tmp_path / "published"
    publish(folder, OLD)
    assert publish(folder, reworded) == 1
    assert publish(folder, reworded, reworded=True) == 0
    assert publish(folder, BROKEN, reworded=True) == 1
