"""Dashboards and alerts ask for what is counted, and each alert has a runbook of what can be done."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from tests.contract.support.metric_names import DOCUMENT, document, metrics, series

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "deploy/k8s/components/monitoring"
RUNBOOKS = ROOT / "docs/runbooks"
HEADINGS = ["Symptom", "What customers see", "Look at", "Do", "It is over when"]
OF_PROMETHEUS = {"up"}
ADDED = {"le", "app_kubernetes_io_name", "app_kubernetes_io_component", "pod", "job"}
"""Labels that Prometheus adds, of a bucket or of its target."""
UNBOUNDED = re.compile(
    r"business|customer|contact|address|email|phone|token|session|path|url|_id$|^id$|name$"
)

_NAME = re.compile(r"\bportal_[a-z_]+\b|\bup\b")
_MATCHERS = re.compile(r"\b(portal_[a-z_]+)\{([^}]*)\}")
_GROUPED = re.compile(r"\bby \(([^)]*)\)")
_COMMAND = re.compile(r"\bportal ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)((?: --?[a-z-]+)*)")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((COMPONENT / "rules.yaml").read_text())["spec"]["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def queries() -> Iterator[tuple[str, str]]:
    """Everything that is asked of Prometheus, and who asks."""
    for rule in rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for path in sorted((COMPONENT / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield f"{path.stem}: {panel['title']}", target["expr"]


def test_the_table_of_metrics_is_what_the_code_counts() -> None:
    assert DOCUMENT.read_text() == document(), "make derive"


def test_a_metric_has_a_name_of_ours_and_no_label_without_an_end() -> None:
    endings = {"counter": "_total", "histogram": "_seconds", "gauge": ""}
    for metric in metrics():
        assert metric.name.startswith("portal_")
        assert metric.name.endswith(endings[metric.kind])
        assert not [label for label in metric.labels if UNBOUNDED.search(label)]
        assert metric.description


def test_what_is_asked_for_is_counted_and_has_these_labels() -> None:
    named, recorded = series(), {rule["record"] for rule in rules() if "record" in rule}
    for who, query in queries():
        of_rules = set(re.findall(r"portal:[a-z_0-9:]+", query))
        assert of_rules <= recorded, who
        names = set(_NAME.findall(re.sub(r"portal:[a-z_0-9:]+", "", query)))
        assert names - OF_PROMETHEUS <= named.keys(), who
        assert names or of_rules, who
        for name, matchers in _MATCHERS.findall(query):
            labels = set(re.findall(r"(\w+)\s*[=!]~?\"", matchers))
            assert labels - ADDED <= set(named[name].labels), who
        allowed = {label for name in names - OF_PROMETHEUS for label in named[name].labels} | ADDED
        for grouped in _GROUPED.findall(query):
            assert {label.strip() for label in grouped.split(",")} <= allowed, who


def test_a_bucket_that_is_asked_for_exists() -> None:
    bounds = {metric.name: {str(bound) for bound in metric.buckets} for metric in metrics()}
    for who, query in queries():
        for name, matchers in _MATCHERS.findall(query):
            for bound in re.findall(r'\ble="([^"]+)"', matchers):
                assert bound in bounds[name.removesuffix("_bucket")], who


def test_every_metric_is_on_a_dashboard() -> None:
    shown = " ".join(query for who, query in queries() if ": " in who)
    shown += " ".join(str(rule["expr"]) for rule in rules())
    missing = [metric.name for metric in metrics() if metric.name not in shown]
    assert missing == []


@pytest.mark.parametrize("alert", alerts())
def test_an_alert_has_a_severity_a_sentence_and_a_runbook_that_names_it(alert: str) -> None:
    rule = alerts()[alert]
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    runbook = ROOT / rule["annotations"]["runbook"]
    assert f"`{alert}`" in runbook.read_text()
    assert f"`{alert}`" in (RUNBOOKS / "README.md").read_text()


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("[a-z]*.md")), ids=lambda path: path.stem)
def test_a_runbook_has_its_parts_and_names_commands_and_alerts_that_exist(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert set(re.findall(r"`(Portal[A-Z]\w+)`", text)) <= alerts().keys()
    for words, options in _COMMAND.findall("\n".join(_spoken(text))):
        command = _command(words.split())
        known = {option for param in command.params for option in param.opts}
        assert set(options.split()) <= known, f"portal {words}{options}"
    assert f"]({path.name})" in (RUNBOOKS / "README.md").read_text()


def test_a_command_that_does_not_exist_is_found() -> None:
    with pytest.raises(LookupError):
        _command(["projection", "mend"])
    with pytest.raises(LookupError):
        _command(["mend"])


def test_a_label_and_a_name_that_nobody_counts_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for broken in (
        "portal_event_delay_seconds",
        'portal_payments_total{who="x"}',
        "sum by (who) (portal_live_streams)",
    ):
        monkeypatch.setattr(
            sys.modules[__name__], "queries", lambda broken=broken: iter([("a test", broken)])
        )
        with pytest.raises(AssertionError):
            test_what_is_asked_for_is_counted_and_has_these_labels()


def test_the_component_renders_with_every_dashboard() -> None:
    kubectl = Path(sys.executable).with_name("kubectl")
    rendered = subprocess.run(
        (str(kubectl), "kustomize", str(COMPONENT)), check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    documents = {document["kind"]: document for document in yaml.safe_load_all(rendered)}
    assert set(documents) == {"ConfigMap", "PodMonitor", "PrometheusRule"}
    assert set(documents["ConfigMap"]["data"]) == {path.name for path in (COMPONENT / "dashboards").iterdir()}
    shape = "".join(path.read_text() for path in (ROOT / "deploy/k8s/base/shape").glob("*.yaml"))
    ports = {endpoint["port"] for endpoint in documents["PodMonitor"]["spec"]["podMetricsEndpoints"]}
    assert ports == set(re.findall(r"name: (\w+), containerPort", shape))


def _spoken(text: str) -> Iterator[str]:
    """What is to be typed: code blocks without their wrapping, and code within sentences."""
    for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from (line.partition("/opt/portal/bin/")[2] for line in block.splitlines())
    yield from re.findall(r"`(portal [^`]+)`", text)


def _command(words: list[str]) -> Any:
    """The command of these words; what follows a command is its argument. Raises LookupError."""
    tops = {point.name: point for point in entry_points(group="portal.commands")}
    command: Any = typer.main.get_command(_known(tops, words[0]).load())
    for word in words[1:]:
        if not hasattr(command, "commands"):
            break
        command = _known(command.commands, word)
    return command


def _known(commands: Mapping[str, Any], word: str) -> Any:
    if word not in commands:
        raise LookupError(f"there is no command {word}")
    return commands[word]
