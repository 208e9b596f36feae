"""`POST /api/validate` tells a publisher in any language all that is wrong with a record."""

import json

import httpx
import pytest
from servicehub_events_tools.examples import Example
from servicehub_events_tools.testing.every import sample_examples

EXAMPLES = {example.type: example for example in sample_examples()}
ISSUED = EXAMPLES["servicehub.InvoiceIssued.v1"]


def record(example: Example, **changes: object) -> dict[str, object]:
    return {
        "type": example.type,
        "data": {**example.value, **changes},
        "headers": example.headers,
        "key": example.key,
    }


async def verdict(client: httpx.AsyncClient, body: object) -> tuple[bool, list[list[tuple[str, str]]]]:
    answer = await client.post("/api/validate", content=json.dumps(body))
    assert answer.status_code == 200
    told = answer.json()
    found = [[(fault["code"], fault["path"]) for fault in one["faults"]] for one in told["records"]]
    return told["valid"], found


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda example: example.type)
async def test_what_every_reader_takes_is_valid(client: httpx.AsyncClient, example: Example) -> None:
    assert await verdict(client, record(example)) == (True, [[]])


async def test_every_fault_is_told_with_its_path(client: httpx.AsyncClient) -> None:
    wrong = record(ISSUED, total=1, deposit=None)
    broken = record(ISSUED, due_on="9999-12-31", number=7)
    broken["headers"] = {**ISSUED.headers, "ce_sequence": "0"}
    broken["key"] = "b-1/other"
    assert await verdict(client, [wrong, broken, record(ISSUED)]) == (
        False,
        [
            [("invariant_violated", "$.tax_groups")],
            [
                ("malformed", "ce_sequence"),
                ("malformed", "$.number"),
                ("malformed", "$.due_on"),
                ("key_mismatch", "key"),
            ],
            [],
        ],
    )


async def test_headers_and_key_are_looked_at_where_they_are_given(client: httpx.AsyncClient) -> None:
    assert await verdict(client, {"type": "InvoiceIssued", "data": ISSUED.value}) == (True, [[]])
    assert await verdict(client, {"type": "InvoiceSent", "data": {}}) == (
        False,
        [[("unknown_type", "ce_type")]],
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"type": "InvoiceIssued"}'])
async def test_what_is_no_record_is_explained(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/validate", content=body)
    assert answer.status_code == 422
    assert "type, data" in answer.json()["detail"]
