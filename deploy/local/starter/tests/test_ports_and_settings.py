"""A taken port, a wrong setting, a second run: each is an error that says what to do."""

import socket
from pathlib import Path

import pytest
from local_stack.ports import free_ports, taken
from local_stack.settings import PORTS, SettingError, Settings
from local_stack.state import AlreadyRunning, is_running, lock


def settings(tmp_path: Path, **more: str) -> Settings:
    return Settings.from_environment({**free_ports(), "LOCAL_DATA": str(tmp_path), **more})


def test_a_taken_port_names_its_use_and_its_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        problems = taken(settings(tmp_path, GATEWAY_PORT=str(number)), set(PORTS))
    assert len(problems) == 1
    assert f"Port {number} (the portal in your browser) is taken" in problems[0]
    assert "GATEWAY_PORT=" in problems[0]


def test_free_ports_are_free_and_all_different(tmp_path: Path) -> None:
    assert taken(settings(tmp_path), set(PORTS)) == []


def test_one_number_for_two_servers_is_refused(tmp_path: Path) -> None:
    numbers = free_ports()
    number = numbers["GATEWAY_PORT"]
    (problem,) = taken(settings(tmp_path, MAILBOX_PORT=number, GATEWAY_PORT=number), set(PORTS))
    assert problem.startswith(
        f"Port {number} is given to both the portal in your browser and the mailbox page"
    )
    assert problem.endswith("change MAILBOX_PORT.")


@pytest.mark.parametrize("text", ["http", "0", "70000", "-1", "8080 "])
def test_a_port_that_is_no_port_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingError, match="GATEWAY_PORT must be a number from 1 to 65535"):
        settings(tmp_path, GATEWAY_PORT=text)


def test_a_second_run_on_the_same_data_is_refused(tmp_path: Path) -> None:
    assert not is_running(tmp_path)
    with lock(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(AlreadyRunning, match="LOCAL_DATA="):
            lock(tmp_path)
    assert not is_running(tmp_path)
