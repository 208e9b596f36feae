"""Whoever follows docs/onboarding.md word by word has a business whose first customer pays."""

import re
import subprocess
from pathlib import Path

import httpx
import msgspec
import pytest
from billing.domain.account_standing import REMEDIES
from local_stack.environment import Addresses
from portal_testing.stack.eventually import eventually
from portal_testing.stack.stripe_sandbox import StripeSandbox
from portal_testing.stack.visitor import Visitor
from portal_testing.stack.whole_log import read_all
from servicehub_events.topics import PAYMENTS
from servicehub_events_tools import REPOSITORY

from tests.chaos.faults.processes import integration_key_of

PAGE = (REPOSITORY / "docs" / "onboarding.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.+?)^```$", PAGE, re.DOTALL | re.MULTILINE)
SECONDS = 300
PATIENCE_SECONDS = 60.0
PORTAL, KAFKA, SANDBOX = "http://localhost:8080", "localhost:9092", "http://localhost:12111"


def script(portal: Addresses) -> str:
    """Every block after `make run`, at the addresses of this stack, with its key."""
    text = re.sub(r"^KEY=.+$", f"KEY={integration_key_of(portal)}", "\n".join(BLOCKS[1:]), flags=re.MULTILINE)
    text = text.replace(".local/first-events.jsonl", '"$WORK/first-events.jsonl"')
    here = {PORTAL: portal.public_origin, KAFKA: portal.kafka_bootstrap, SANDBOX: portal.stripe_url}
    for written, address in here.items():
        text = text.replace(written, address)
    return f"set -euo pipefail\n{text}"


@pytest.mark.stack
async def test_every_call_of_the_page_works_and_the_first_customer_pays(
    portal: Addresses, tmp_path: Path
) -> None:
    done = subprocess.run(  # noqa: ASYNC221  # nothing else is to happen meanwhile
        ["bash", "-c", script(portal)],
        cwd=REPOSITORY,
        env={"PATH": "/usr/bin:/bin", "WORK": str(tmp_path), "no_proxy": "*", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"enabled":true' in done.stdout
    assert _shown_answer() in done.stdout
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        visitor = Visitor(portal.public_origin, portal.mailbox_url, "corner-cleaning", http)
        answer = await visitor.sign_in("first@mail.example")
        assert answer.headers["location"] == "/portal/corner-cleaning/"
        await _sees(visitor, "Window cleaning", "$129.60")
        await _pays(visitor, StripeSandbox(portal.stripe_url, http))
        await eventually(
            lambda: _payments(portal), what="the payment is in the log", within=PATIENCE_SECONDS, met=_is_paid
        )


def _shown_answer() -> str:
    """What the page says billing answers."""
    (answer,) = re.findall(r"^```\n(\{.+\})\n```$", PAGE, re.MULTILINE)
    return str(answer)


async def _sees(visitor: Visitor, *texts: str) -> None:
    async def dashboard() -> str:
        return (await visitor.get("/portal/corner-cleaning")).text

    await eventually(
        dashboard,
        what=f"{texts} are shown",
        within=PATIENCE_SECONDS,
        met=lambda html: all(text in html for text in texts),
    )


async def _pays(visitor: Visitor, sandbox: StripeSandbox) -> None:
    async def click() -> str:
        form = {"invoice_id": "inv-1", "pay": "balance"}
        answer = await visitor.post("/billing/corner-cleaning/checkouts", form)
        return answer.headers["location"].rpartition("/")[2].partition("#")[0]

    session = await eventually(
        click,
        what="the invoice can be paid",
        within=PATIENCE_SECONDS,
        met=lambda session: session.startswith("cs_"),
    )
    await sandbox.pay(session)


async def _payments(portal: Addresses) -> set[tuple[str, int, str]]:
    log = await read_all(portal.kafka_bootstrap)
    payments = [record for record in log if record.place.topic == PAYMENTS.name]
    ours = [record for record in payments if record.headers["ce_businessid"] == "biz-corner"]
    states = [(record.event, msgspec.json.decode(record.value)) for record in ours]
    return {(event, state["amount"], state["currency"]) for event, state in states}


def _is_paid(payments: set[tuple[str, int, str]]) -> bool:
    return payments == {("PaymentStarted", 12960, "USD"), ("PaymentCaptured", 12960, "USD")}


def test_the_page_names_every_refusal_of_the_settings_api() -> None:
    document = (REPOSITORY / "services/branding/openapi.json").read_text()
    codes = set(re.findall(r'"code": "(\w+)"', document)) - {"invalid_request"}
    assert codes <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_page_says_what_every_standing_of_an_account_means() -> None:
    assert REMEDIES.keys() <= set(re.findall(r"^\| `(\w+)` \| ", PAGE, re.MULTILINE))
