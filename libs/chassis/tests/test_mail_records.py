"""What the doctor says of the records of who sends mails, by what DNS answers: a table."""

from collections.abc import Mapping

import pytest
from chassis.commands.doctor.mail_records import look

DOMAIN = "notices.example.com"
SPF, DMARC, MX = "v=spf1 include:relay.example -all", "v=DMARC1; p=quarantine", "10 mx.example.com."
GOOD = {(DOMAIN, "TXT"): [SPF, "other"], (f"_dmarc.{DOMAIN}", "TXT"): [DMARC], (DOMAIN, "MX"): [MX]}

Records = Mapping[tuple[str, str], list[str] | None]


async def states(records: Records, **environ: str) -> dict[str, str]:
    """What is found, by check."""

    async def ask(name: str, kind: str) -> list[str] | None:
        return records.get((name, kind), [])

    told = {"MAIL_FROM": f"no-reply@{DOMAIN}", **environ}
    return {finding.check: finding.state async for finding in look(told, ask)}


@pytest.mark.parametrize(
    ("records", "found"),
    [
        (GOOD, {"SPF": "ok", "DMARC": "ok", "MX": "ok"}),
        ({}, {"SPF": "wrong", "DMARC": "wrong", "MX": "wrong"}),
        (dict.fromkeys(GOOD), {"SPF": "unknown", "DMARC": "unknown", "MX": "unknown"}),
        (GOOD | {(DOMAIN, "TXT"): [SPF, SPF]}, {"SPF": "wrong", "DMARC": "ok", "MX": "ok"}),
        (
            {(DOMAIN, "TXT"): [SPF], ("_dmarc.example.com", "TXT"): [DMARC], (DOMAIN, "MX"): [MX]},
            {"SPF": "ok", "DMARC": "ok", "MX": "ok"},
        ),
    ],
)
async def test_each_record_is_there_once_or_is_told_of(records: Records, found: dict[str, str]) -> None:
    assert await states(records) == found


async def test_a_process_that_mails_nobody_and_the_local_stack_ask_nobody() -> None:
    assert await states({}, MAIL_FROM="") == {}
    assert await states({}, PORTAL_PROFILE="local") == {}
