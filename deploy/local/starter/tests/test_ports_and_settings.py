"""A taken port, a wrong setting, a second run: each is an error that says what to do."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from local_stack.environment import Addresses
from local_stack.errors import SettingError, StackError
from local_stack.plan import make_plan
from local_stack.ports import PORTS, free_base, free_ports, port_numbers, taken
from local_stack.secrets_file import SecretsFile
from local_stack.settings import Settings
from local_stack.state import State, is_running, lock, write_state


def settings(tmp_path: Path, **more: str) -> Settings:
    return Settings.from_environment({**free_ports(), "LOCAL_DATA": str(tmp_path), **more})


def test_a_taken_port_names_its_use_and_its_setting(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        problems = taken(settings(tmp_path, GATEWAY_PORT=str(number)).ports, set(PORTS))
    assert len(problems) == 1
    assert f"Port {number} (the portal in your browser) is taken" in problems[0]
    assert "GATEWAY_PORT=" in problems[0]


def test_free_ports_are_free_and_all_different(tmp_path: Path) -> None:
    assert taken(settings(tmp_path).ports, set(PORTS)) == []


def test_one_number_for_two_servers_is_refused(tmp_path: Path) -> None:
    numbers = free_ports()
    number = numbers["GATEWAY_PORT"]
    given = settings(tmp_path, MAILBOX_PORT=number, GATEWAY_PORT=number).ports
    (problem,) = taken(given, set(PORTS))
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
        with pytest.raises(StackError, match="LOCAL_DATA="):
            lock(tmp_path)
    assert not is_running(tmp_path)


def test_a_base_moves_every_port_and_the_data(tmp_path: Path) -> None:
    moved = Settings.from_environment({"PORT_BASE": "9000", "GATEWAY_PORT": "8888"})
    assert (moved.ports["gateway"], moved.ports["mailbox"], moved.data.name) == (8888, 9001, "run-9000")
    assert len(set(moved.ports.values())) == len(PORTS)
    assert all(9000 <= port < 9100 for name, port in moved.ports.items() if name != "gateway")
    assert Settings.from_environment({"PORT_BASE": "9000", "LOCAL_DATA": str(tmp_path)}).data == tmp_path


def test_a_base_that_is_proposed_has_room_for_every_port() -> None:
    numbers = port_numbers({"PORT_BASE": str(free_base())})
    assert taken(numbers, set(PORTS)) == []


@pytest.mark.parametrize("base", ["0", "65530", "x"])
def test_a_base_without_room_is_refused(base: str) -> None:
    with pytest.raises(SettingError, match="PORT_BASE must be a number from 1 to 65510"):
        port_numbers({"PORT_BASE": base})


def test_a_service_that_is_left_out_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="WITHOUT names payments; the services are auth-otp, portal-read"):
        settings(tmp_path, WITHOUT="billing, payments")


def test_the_ports_of_what_runs_elsewhere_may_be_taken(tmp_path: Path) -> None:
    elsewhere = settings(tmp_path, WITHOUT="billing", REDIS_URL="redis://r:6/0").own_ports
    assert PORTS.keys() - elsewhere == {"billing api", "billing worker", "valkey"}


def run(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a stack for which everything runs elsewhere."""
    elsewhere = {"DATABASE_URL": "postgresql://d", "REDIS_URL": "redis://r", "KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    return subprocess.run(
        [sys.executable, "-m", "local_stack", "run", "--servers-only"],
        env={**os.environ, **elsewhere, "LOCAL_DATA": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    (tmp_path / "state.new").symlink_to("/dev/full")
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "The stack stopped: No space left on device. Free some space" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    ended = run(tmp_path, LOCAL_DATA="/proc/1/fd/data")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "/proc/1/fd/data" in ended.stderr


def test_a_command_gets_the_settings_of_the_process_that_it_is(tmp_path: Path) -> None:
    write_state(tmp_path, State(1, True, {}, addresses(tmp_path), ""))
    with lock(tmp_path):
        for words, role in (
            ("api", "web"),
            ("portal doctor", "worker"),
        ):
            code = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['HTTP_PORT'])"
            command = ["billing", "python", "-c", code, *words.split()]
            told = subprocess.run(
                [sys.executable, "-m", "local_stack", "exec", *command],
                env={**os.environ, "LOCAL_DATA": str(tmp_path)},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert told.startswith(f"postgresql://billing_{role}:")
            assert told.strip().endswith(" 9013")


def test_a_command_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    write_state(tmp_path, State(1, True, {}, addresses(tmp_path), ""))
    command = [sys.executable, "-m", "local_stack", "exec", "billing", "python", "-c", "raise SystemExit(4)"]
    with lock(tmp_path):
        ended = subprocess.run(command, env={**os.environ, "LOCAL_DATA": str(tmp_path)}, check=False)
    assert ended.returncode == 4


def addresses(tmp_path: Path) -> Addresses:
    base = {"PORT_BASE": "9000", "LOCAL_DATA": str(tmp_path), "DATABASE_URL": "postgresql://a:b@db/postgres"}
    elsewhere = {"KAFKA_BOOTSTRAP": "kafka:1", "REDIS_URL": "redis://r:6/0"}
    secrets = SecretsFile(tmp_path / "secrets.json")
    return make_plan(Settings.from_environment(base | elsewhere), secrets).addresses
