"""The command against a running simulator."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from click.testing import CliRunner
from stand_in_servicehub.__main__ import main
from stand_in_servicehub.actions import ACTIONS, Action
from stand_in_servicehub.core import Core
from stand_in_servicehub.demo import Demo, load_start_page
from stand_in_servicehub.server import prepare
from stand_in_servicehub.settings import Links
from stand_in_servicehub.store import Store
from stand_in_servicehub.web.app import create_app

from .fakes import FakeAccounts, FakePortals, FakePublisher


@pytest.fixture(scope="module")
def url(demos: dict[str, Demo]) -> Iterator[str]:
    """A simulator on a real socket, in a thread of its own."""
    started, stop, address = threading.Event(), threading.Event(), [""]

    async def run() -> None:
        profiles = {business_id: demo.profile for business_id, demo in demos.items()}
        core = Core(Store(), FakePublisher(), FakePortals(), FakeAccounts(), profiles)
        await prepare(core, demos.values(), nothing)
        web = create_app(core, Links(), demos, load_start_page(demos))
        server = uvicorn.Server(uvicorn.Config(web, port=0, log_level="warning"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
            await asyncio.sleep(0)
        address[0] = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        started.set()
        await asyncio.to_thread(stop.wait)
        server.should_exit = True
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert started.wait(timeout=20)
    yield address[0]
    stop.set()
    thread.join()


async def nothing() -> None:
    pass


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("reschedule --appointment v-2012 --start 2026-12-01T09:00", "AppointmentRescheduled v-2012 v2"),
        ("invoice --customer c-1001 --description Ironing --unit-price 3000", "InvoiceIssued inv-1049 v1"),
        ("cash --invoice inv-1042 --amount 500", "InvoiceRevised inv-1042 v2"),
        ("revise --invoice inv-1045 --total 70000", "InvoiceRevised inv-1045 v2"),
        ("part-payment --invoice inv-1036 --on --minimum 1000", "InvoiceRevised inv-1036 v2"),
        ("access --customer c-1001 --off", "CustomerRevised c-1001 v2"),
        ("staff --appointment v-2013 --staff s-1 --staff s-2", "StaffAssigned v-2013 v2"),
        ("erase --customer c-1010", "CustomerErased c-1010 v2"),
        ("portal --off", "The portal of Sparkle Home is off."),
    ],
)
def test_send_does_it_and_says_so(url: str, arguments: str, words: str) -> None:
    name, *rest = arguments.split()
    command = ["send", name, "--business", "sparkle-home", *rest]
    result = CliRunner().invoke(main, command, env={"SIMULATOR_URL": url})
    assert result.exit_code == 0, result.output
    assert words in result.output


def test_send_gives_the_reason_of_a_refusal(url: str) -> None:
    command = ["send", "void", "--business", "sparkle-home", "--invoice", "inv-1012"]
    result = CliRunner().invoke(main, command, env={"SIMULATOR_URL": url})
    assert result.exit_code == 1
    assert "inv-1012 is void" in result.output


def test_send_says_when_nobody_answers() -> None:
    command = ["send", "void", "--business", "sparkle-home", "--invoice", "inv-1012"]
    result = CliRunner().invoke(main, command, env={"SIMULATOR_URL": "http://127.0.0.1:9"})
    assert result.exit_code == 1
    assert "make run" in result.output


def test_help_lists_the_actions() -> None:
    result = CliRunner().invoke(main, ["send", "--help"])
    assert result.exit_code == 0
    assert all(name in result.output for name in ACTIONS)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))
def test_help_of_an_action_says_what_it_does_and_asks_for_all_its_fields(action: Action) -> None:
    result = CliRunner().invoke(main, ["send", action.name, "--help"])
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert action.help.split("\n")[0][:40] in said
    asked = ["--on / --off" if field.kind == "switch" else f"--{field.option}" for field in action.inputs]
    assert [option for option in asked if option not in said] == []


def test_check_finds_nothing_wrong_with_the_demo() -> None:
    result = CliRunner().invoke(main, ["check"])
    assert (result.exit_code, result.output) == (0, "The demo files are fine.\n")


def test_a_setting_that_is_missing_is_told_without_a_traceback() -> None:
    result = CliRunner().invoke(main, [], env={"PORTAL_PROFILE": "production"})
    assert result.exit_code == 1
    assert "PORTAL_PROFILE=local" in result.output
