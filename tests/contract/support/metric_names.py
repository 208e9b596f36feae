"""docs/metrics.md: every metric, as the code names it. `make derive` writes it."""

import importlib
import pkgutil
from collections import defaultdict
from pathlib import Path

from chassis.observability.metrics import METRICS, MetricName

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs/metrics.md"
PACKAGES = ("chassis", "auth_otp", "billing", "branding", "notifier", "portal_read")
_HEAD = """# Metrics

What `/metrics` of each process shows, from the code by `make derive`. No label has a person, a business or a
text of somebody's; each has a handful of values. Beside these are `python_…` and `process_…` of the runtime.
What is made of them: [dashboards and alerts](../deploy/k8s/components/monitoring/README.md),
[runbooks](runbooks/README.md).
"""


def metrics() -> list[MetricName]:
    """Every metric of the production code, by name. What tests count is none of them."""
    for package in PACKAGES:
        _import_all(package)
    ours = [metric for metric in METRICS.values() if metric.module.partition(".")[0] in PACKAGES]
    return sorted(ours)


def series() -> dict[str, MetricName]:
    """What a query may name: of a histogram its buckets, sum and count."""
    named: dict[str, MetricName] = {}
    for metric in metrics():
        endings = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        named |= {f"{metric.name}{ending}": metric for ending in endings}
    return named


def document() -> str:
    """The whole of docs/metrics.md."""
    by_package: defaultdict[str, list[MetricName]] = defaultdict(list)
    for metric in metrics():
        by_package[metric.module.partition(".")[0]].append(metric)
    parts = [_HEAD]
    for package in PACKAGES:
        if of_it := by_package[package]:
            title = "every process" if package == "chassis" else package.replace("_", "-")
            rows = map(_row, of_it)
            parts.append(
                "\n".join((f"## {title}\n", "| name | kind | labels | what |", "|---|---|---|---|", *rows))
            )
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _row(metric: MetricName) -> str:
    labels = ", ".join(metric.labels) or "—"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.description} |"


def _import_all(package: str) -> None:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, f"{package}."):
        if "__main__" not in found.name and ".migrations." not in found.name:
            importlib.import_module(found.name)


if __name__ == "__main__":
    DOCUMENT.write_text(document())
