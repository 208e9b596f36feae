"""What operators read: progress, status, and the outcome of a comparison."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import entry_points

import typer
from portal_read.projection.compare import TableComparison, Tally
from portal_read.projection.names import ConsumerKind, next_after
from portal_read.projection.rebuild import RebuildProgress
from portal_read.projection.register import Projection
from portal_read.projection.reporting import (
    comparison_text,
    in_json,
    in_words,
    status_json,
    status_text,
)
from portal_read.projection.status import ConsumerStatus, ProjectionStatus

_STEP = RebuildProgress(
    done=5_000, total=20_000, events=4_800, seconds=2.04, rate=2_400.4, left=61.0, complete=False
)
_GREEN = Projection(
    "projection_2", 1, followed=True, active=False, created_at=datetime(2026, 11, 23, tzinfo=UTC)
)


def test_progress_says_events_rate_and_time_left() -> None:
    assert in_words(_STEP) == "4,800 events, 2,400/s, 1:01 to go"
    assert in_words(_STEP._replace(complete=True)) == "4,800 events, 2,400/s"
    assert in_words(_STEP._replace(left=None)) == "4,800 events, 2,400/s"
    assert json.loads(in_json(_STEP))["rate"] == 2400


def test_status_says_what_is_shown_and_how_far_each_consumer_is() -> None:
    consumers: dict[ConsumerKind, ConsumerStatus] = {
        "identity": ConsumerStatus(12_000, 3),
        "documents": ConsumerStatus(7, 0),
    }
    status = ProjectionStatus(_GREEN, consumers, {"customers": Tally(1_234, "ab" * 32)})
    text = status_text([status])
    assert all(part in text for part in ("projection_2", "followed", "12,000", "1,234"))
    assert "shown" in status_text([replace(status, projection=replace(_GREEN, active=True))])
    assert status_json(status)["consumers"] == {
        "identity": {"position": 12_000, "lag": 3},
        "documents": {"position": 7, "lag": 0},
    }
    assert status_json(replace(status, tables={}))["hash"] is None


def test_a_comparison_names_tables_and_rows_that_differ() -> None:
    same = TableComparison("customers", Tally(2, "a"), Tally(2, "a"), [])
    other = TableComparison("invoices", Tally(2, "a"), Tally(3, "b"), ["b-1/in-7"])
    text = comparison_text([same, other], "one", "two", as_json=False)
    assert "equal" in text
    assert "DIFFERENT, such as b-1/in-7" in text
    assert json.loads(comparison_text([same, other], "one", "two", as_json=True))["equal"] is False
    assert json.loads(comparison_text(None, "one", "two", as_json=True))["equal"] is None
    assert "never at the same place" in comparison_text(None, "one", "two", as_json=False)


def test_a_new_projection_has_the_next_number() -> None:
    assert next_after({"projection_1", "projection_9", "mine"}) == "projection_10"
    assert next_after(set()) == "projection_1"


def test_the_portal_command_of_this_image_knows_projections() -> None:
    (point,) = entry_points(group="portal.commands", name="projection")
    assert isinstance(point.load(), typer.Typer)
