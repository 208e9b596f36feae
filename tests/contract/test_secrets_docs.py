"""Operators are told of every secret that a process needs, and in which service's Secret it belongs."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.contract.support.kubernetes_manifests import KeyReference, render
from tests.contract.support.kubernetes_settings import told

GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"
_ROW = re.compile(r"^\| (`[^|]+`) \| ([a-z, -]+) \| [^|]+ \|$", re.MULTILINE)


def keys_of(cell: str) -> Iterator[str]:
    """The keys that a cell names; one that begins with `_` ends like the first one but for its last word."""
    first = ""
    for name in re.findall(r"`([A-Z0-9_]+)`", cell):
        first = first or name
        yield f"{first.rpartition('_')[0]}{name}" if name.startswith("_") else name


def stated() -> dict[str, set[str]]:
    """Key → the services that hold it, as the table of the chapter on secrets says."""
    chapter = GUIDE.read_text().partition("## 3. Secrets")[2].partition("\n## ")[0]
    everybody = {each.workload.service for each in told(render("production"))}
    return {
        key: everybody if services == "all" else set(services.split(", "))
        for keys, services in _ROW.findall(chapter)
        for key in keys_of(keys)
    }


def needed() -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in told(render("production")):
        for source in each.variables.values():
            if isinstance(source, KeyReference):
                found[source.key].add(each.workload.service)
    return found


def test_the_table_of_secrets_names_each_key_and_every_service_that_holds_it() -> None:
    assert stated() == needed()


def test_a_key_that_is_written_short_is_read_whole() -> None:
    assert list(keys_of("`URL_WEB`, `_WORKER`, `TOKEN`")) == ["URL_WEB", "URL_WORKER", "TOKEN"]
