"""An error that nobody expected leaves its frames in the log: a type's name alone says nothing of where."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")])
BLIND = {"Exception", "BaseException"}
_REASON = re.compile(r"#(?!\s*(noqa|pyright))\s*\w")


def silent(source: str) -> Iterator[int]:
    """The lines of handlers that catch everything and neither log it with its frames nor raise it again.

    One that raises a part must say on its own line what the other part is.
    """
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.ExceptHandler)
            and _blind(node.type)
            and not _told(node, lines[node.lineno - 1])
        ):
            yield node.lineno
        if isinstance(node, ast.Call) and _name(node.func) == "suppress" and any(map(_blind, node.args)):
            yield node.lineno


def _blind(caught: ast.expr | None) -> bool:
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(kind is None or _name(kind) in BLIND for kind in kinds)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _told(handler: ast.ExceptHandler, line: str) -> bool:
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.keyword) and node.arg == "exc_info" for node in inside):
        return True
    if isinstance(handler.body[-1], ast.Raise):
        return True
    return any(isinstance(node, ast.Raise) for node in inside) and bool(_REASON.search(line))


def test_an_unexpected_error_is_raised_or_logged_with_its_frames() -> None:
    found = [f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for line in silent(path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        ("except Exception as e:\n  log.error('x', error=type(e).__name__)", False),
        ("except Exception:  # noqa: BLE001  # it comes again\n  log.error('x')", False),
        ("except (OSError, Exception):\n  pass", False),
        ("except:\n  pass", False),
        ("except Exception as e:\n  if odd(e):\n    raise\n  log.error('x')", False),
        ("except Exception as e:  # a lost database is waited for\n  if odd(e):\n    raise\n  wait()", True),
        ("except Exception as e:\n  log.error('x', exc_info=e)", True),
        ("except BaseException:\n  close()\n  raise", True),
        ("except OSError:\n  pass", True),
    ],
)
def test_a_handler_that_keeps_an_error_to_itself_is_found(handler: str, told: bool) -> None:
    assert (not list(silent(f"try:\n  work()\n{handler}"))) is told


def test_what_is_suppressed_is_found_too() -> None:
    assert list(silent("with contextlib.suppress(Exception):\n  work()")) == [1]
    assert list(silent("with suppress(TimeoutError):\n  work()")) == []
