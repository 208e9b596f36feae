"""What the manual tells an operator to type is in an image, and says what it does."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from chassis.commands.shell import shell

from tests.contract.support.kubernetes_manifests import ROOT

GUIDE = (ROOT / "docs/operating.md").read_text()
PORTAL = typer.main.get_command(shell())
TABLE = re.findall(r"^\| `portal ([^`]+)` \|", GUIDE, re.MULTILINE)
FOR_DEVELOPERS = {".venv/bin/python -m local_stack exec billing portal doctor"}
"""Beside `make run`, and said to be."""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, by the words that are typed."""
    if within := getattr(command, "commands", None):
        for name, each in within.items():
            yield from leaves(each, (*path, name))
    else:
        yield path, command


COMMANDS = dict(leaves(PORTAL))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_says_what_it_does_and_what_each_option_means(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    assert command.help or command.short_help
    unexplained = [each.name for each in command.params if each.param_type_name == "option" and not each.help]
    assert unexplained == []


def test_every_command_of_the_table_exists() -> None:
    assert len(TABLE) > 20
    for row in TABLE:
        words = re.sub(r"\\\|", "|", row).split()
        assert [path for path in COMMANDS if path[0] == words[0]], row


def test_every_command_is_in_the_table() -> None:
    text = " ".join(TABLE)
    assert [path for path in COMMANDS if path[0] not in text] == []


def test_an_operator_needs_no_development_environment() -> None:
    typed = {line.partition("#")[0].strip() for line in GUIDE.splitlines() if ".venv/" in line}
    assert typed == FOR_DEVELOPERS
