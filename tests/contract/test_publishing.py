"""Whoever follows docs/publishing.md in Python, Node or Go is read by every service and seen by customers."""

import os
import re
from pathlib import Path
from typing import LiteralString

import httpx
import psycopg
import pytest
from local_stack.environment import Addresses
from portal_testing.stack import Servers
from portal_testing.stack.eventually import eventually
from portal_testing.stack.visitor import Visitor
from portal_testing.stack.whole_log import LogRecord, read_all
from servicehub_events import Appointment, Customer, Envelope, Invoice, decode
from servicehub_events_tools import REPOSITORY

from tests.contract.support.example_programs import PREPARE, Missing, Program
from tests.contract.support.npm import NotInstalled

pytestmark = pytest.mark.judge
NOWHERE = "127.0.0.1:1"
PATIENCE_SECONDS = 20.0
GUIDE = (REPOSITORY / "docs" / "publishing.md").read_text()
KNOWN: LiteralString = "SELECT version FROM customers WHERE business_id = 'biz-sparkle' AND customer_id = %s"
SHOWN = {  # the name of the service on the visits page, the total on the invoices page
    "python": ("Deep cleaning", "$243.00"),
    "node": ("Oven cleaning", "$151.20"),
    "go": ("Carpet cleaning", "$178.20"),
}


@pytest.fixture(params=sorted(PREPARE))
def language(request: pytest.FixtureRequest) -> str:
    """One after the other; a missing toolchain is a skip, a download that fails is one except in CI."""
    return str(request.param)


@pytest.fixture
def program(language: str, tmp_path: Path) -> Program:
    try:
        return PREPARE[language](tmp_path, "publish")
    except Missing as error:
        pytest.skip(str(error))
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.mark.stack
async def test_what_it_publishes_is_read_and_shown(
    program: Program, language: str, portal: Addresses
) -> None:
    done = program.run(portal.kafka_bootstrap)
    assert done.returncode == 0, done.stderr
    assert f"{language}@mail.example" in done.stdout
    await _check_log(portal, language)
    await _check_portal(portal, language)


async def _check_log(portal: Addresses, language: str) -> None:
    log = await read_all(portal.kafka_bootstrap)
    ours = [each for each in log if re.fullmatch(rf"biz-sparkle/\w+-{language}(-1)?", each.key)]
    envelopes = [_read(record) for record in ours]
    assert [type(each.event).__mro__[1] for each in sorted(envelopes, key=lambda each: each.topic)] == [
        Appointment,
        Customer,
        Invoice,
    ]
    assert {(each.source, each.sequence) for each in envelopes} == {("/servicehub/core", 1)}
    assert {each.id[14] for each in envelopes} == {"7"}  # the version of a UUID


async def _check_portal(portal: Addresses, language: str) -> None:
    service, total = SHOWN[language]
    async with httpx.AsyncClient() as http:
        await eventually(lambda: _known(portal, language), what="sign-in knows them", within=PATIENCE_SECONDS)
        visitor = Visitor(portal.public_origin, portal.mailbox_url, "sparkle-home", http)
        answer = await visitor.sign_in(f"{language}@mail.example")
        assert answer.headers["location"] == "/portal/sparkle-home/"

        async def page(name: str) -> str:
            return (await visitor.get(f"/portal/sparkle-home/{name}")).text

        for name, text in (("appointments", service), ("invoices", total)):
            await eventually(
                lambda name=name: page(name),
                what=f"{text} is shown",
                within=PATIENCE_SECONDS,
                met=lambda html, text=text: text in html,
            )


async def _known(portal: Addresses, language: str) -> bool:
    database = portal.databases["auth_otp"].worker
    async with await psycopg.AsyncConnection.connect(database) as connection:
        return await (await connection.execute(KNOWN, [f"c-{language}"])).fetchone() is not None


def _read(record: LogRecord) -> Envelope:
    return decode(
        topic=record.place.topic,
        key=record.key.encode(),
        headers=[(name, text.encode()) for name, text in record.headers.items()],
        value=record.value,
    )


def test_without_a_broker_it_says_so(program: Program) -> None:
    done = program.run(NOWHERE)
    assert done.returncode == 1
    assert re.search(
        r"connect|reached", done.stderr.splitlines()[-1 if "exit status" not in done.stderr else -2]
    )


@pytest.mark.stack
async def test_a_sequence_that_is_none_is_refused_and_nothing_is_sent(
    program: Program, language: str, servers: Servers
) -> None:
    done = program.run(servers.kafka_bootstrap, "0")
    assert done.returncode == 1
    assert "sequence" in done.stderr
    sent = {each.key for each in await read_all(servers.kafka_bootstrap)}
    assert {key for key in sent if language in key} == set()


def test_the_guide_names_the_commands_that_are_tried_here() -> None:
    commands = re.findall(
        r"^(?:cd docs/examples/\w+|npm ci|node publish\.mjs|go run \.)$", GUIDE, re.MULTILINE
    )
    assert commands == [
        "cd docs/examples/node",
        "npm ci",
        "node publish.mjs",
        "cd docs/examples/go",
        "go run .",
    ]
