"""The five services have one shape: the same files, the same signatures, every refusal answered."""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from alembic.script import ScriptDirectory
from chassis.context import ServiceContext
from chassis.database.migrations import config_of
from chassis.process import ServiceDefinition
from chassis.refusals import Refusal
from chassis.web import Answer, Route
from chassis.web.answers import HOUSE

ROOT = Path(__file__).parents[2]
PACKAGES = ("auth_otp", "billing", "branding", "notifier", "portal_read")
NAMES = {
    *("__main__", "service", "context", "settings", "domain", "handlers", "reactions", "store", "http"),
    *("errors", "ports", "adapters", "worker", "migrations", "commands"),
}
BESIDE = {
    "billing": {"doctor", "metrics"},
    "branding": {"logo"},
    "notifier": {"delivery_queue", "messages", "metrics"},
    "portal_read": {
        *("freshness", "live_updates", "pages", "projection", "read_model", "rejections", "slug_directory"),
        "visitor",
    },
}
"""What a service has beyond the shape, each on purpose."""
ONLY_ROWS = {"portal_read"}
"""Services whose reactions are pure: an event becomes rows, and one writer stores those of a whole batch."""
NEVER_ABSENT = {"__main__", "service", "context", "settings", "http", "worker", "migrations"}


def source_of(package: str) -> Path:
    return ROOT / "services" / package.replace("_", "-") / "src" / package


def modules(package: str, part: str) -> list[ModuleType]:
    """Every module of a part, be it a file or a folder."""
    folder = source_of(package) / part
    if not folder.is_dir():
        return [importlib.import_module(f"{package}.{part}")] if folder.with_suffix(".py").exists() else []
    names = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return [importlib.import_module(f"{package}.{part}.{name}") for name in names]


def definition(package: str) -> ServiceDefinition[object, ServiceContext[object]]:  # pyright: ignore[reportInvalidTypeArguments]
    return importlib.import_module(f"{package}.service").SERVICE


@pytest.mark.parametrize("package", PACKAGES)
def test_a_service_has_the_files_of_the_shape_and_what_it_has_beside_them_on_purpose(package: str) -> None:
    found = {
        path.stem
        for path in source_of(package).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists() or path.name == "migrations"
    } - {"__init__"}
    assert found - NAMES == BESIDE.get(package, set())
    assert found >= NEVER_ABSENT


@pytest.mark.parametrize("package", PACKAGES)
def test_each_file_of_handlers_has_a_handler_that_takes_context_and_command(package: str) -> None:
    context = importlib.import_module(f"{package}.context").Context
    for module in modules(package, "handlers"):
        handlers = [
            function
            for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
            if function.__module__ == module.__name__ and not name.startswith("_")
        ]
        assert handlers, f"{module.__name__} has no handler"
        for handler in handlers:
            first = next(iter(inspect.signature(handler, eval_str=True).parameters.values()))
            assert first.annotation is context, f"{module.__name__}.{handler.__name__} takes no context first"


@pytest.mark.parametrize("package", PACKAGES)
def test_each_function_of_the_store_takes_the_transaction_first(package: str) -> None:
    for module in modules(package, "store"):
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                first = next(iter(inspect.signature(function).parameters))
                assert first == "tx", f"{module.__name__}.{name} begins with {first}"


@pytest.mark.parametrize("package", PACKAGES)
def test_each_reaction_takes_context_transaction_and_batch(package: str) -> None:
    for module in modules(package, "reactions"):
        tables = [
            cast("dict[object, Callable[..., object]]", table)
            for name, table in vars(module).items()
            if name.isupper() and isinstance(table, dict)
        ]
        assert tables
        expected = ["event", "version"] if package in ONLY_ROWS else ["ctx", "tx", "batch"]
        for reaction in {function for table in tables for function in table.values()}:
            assert list(inspect.signature(reaction).parameters) == expected


@pytest.mark.parametrize("package", PACKAGES)
def test_every_refusal_has_an_answer_and_every_answer_a_refusal(package: str) -> None:
    """A class of them without a code is a family, which nobody raises."""
    refusals = {
        kind
        for module in modules(package, "errors")
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, Refusal) and kind.__module__ == module.__name__
        if hasattr(kind, "code")
    }
    answered = definition(package).refusals
    assert {kind.__name__ for kind in refusals} == {kind.__name__ for kind in answered}
    assert not answered.keys() & HOUSE.keys()
    assert all(isinstance(answer, Answer) for answer in answered.values())


@pytest.mark.parametrize("package", PACKAGES)
def test_routes_and_loops_are_tables(package: str) -> None:
    service = definition(package)
    assert service.package == package
    assert all(isinstance(route, Route) for route in service.routes)
    assert "relay" in service.loops or package == "portal_read"


@pytest.mark.parametrize("package", PACKAGES)
def test_revisions_are_one_line_in_the_order_of_their_numbers(package: str) -> None:
    newest_first = [
        each.revision for each in ScriptDirectory.from_config(config_of(package)).walk_revisions()
    ]
    assert newest_first[::-1] == [f"{number:04}" for number in range(1, len(newest_first) + 1)]
