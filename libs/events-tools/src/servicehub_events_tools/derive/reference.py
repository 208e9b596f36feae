"""The event reference for people, as Markdown: an overview, and a page for each topic."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, cast

from servicehub_events.catalogue.base import Event
from servicehub_events.json_schema import Json
from servicehub_events.registry import Registry

from servicehub_events_tools.derive.fields import Row, rows
from servicehub_events_tools.derive.payloads import Payloads, one_line
from servicehub_events_tools.derive.topic_facts import TopicFacts, topic_facts
from servicehub_events_tools.examples import Example

_LIB: Final = "../../libs/events"
_WIDEST: Final = 48
"""Examples in tables are cut after this many characters."""
_WRITTEN: Final = "<!-- Written by `make derive`. -->\n"
_OVERVIEW: Final = f"""\
# Events

Every event that ServiceHub and its customer portal publish, a page for each topic. How to publish one is
told in [publishing.md](../publishing.md), how payments are read back in
[reading-payments.md](../reading-payments.md). For machines: [JSON Schemas]({_LIB}/schemas), an
[AsyncAPI document]({_LIB}/asyncapi.yaml), the [topics as a list]({_LIB}/topics.json) and as
[Strimzi manifests]({_LIB}/strimzi/kafka-topics.yaml), and [whole records]({_LIB}/examples).

- An event carries the **full state** of its aggregate; its type says what happened.
- Of two events of an aggregate the one with the higher `ce_sequence` holds; gaps and repeats do no harm.
- An **id** is opaque and unique within a business: 1 to 64 characters, no `/`, no control characters.
- **Money** is an integer in the minor unit of the currency: ¥5,000 is `5000`, $50.00 is `5000`.
- A **time** is RFC 3339 with offset; a **day** is a calendar day in the time zone of the business.
- What is optional may be left out. What customers read of it: [in words](../what-customers-read.md).
- An event with the header `ce_quiet: true` is no news: pages show it, nobody is mailed
  ([an import](../publishing.md#an-import)).
- Readers ignore fields that they don't know. A record that breaks a rule is set aside by each of them, with
  its cause, and blocks nothing.
"""


def reference(registry: Registry, examples: Mapping[str, Example]) -> dict[str, str]:
    """File name → page. Raises KeyError naming the type of an event that has no example."""
    topics = topic_facts(registry)
    payloads = Payloads(registry)
    pages = {_file(facts): "\n".join(_page(facts, registry, payloads, examples)) + "\n" for facts in topics}
    return {"README.md": "\n".join(_overview(topics)) + "\n", **pages}


def _file(facts: TopicFacts) -> str:
    return facts.name.split(".")[1] + ".md"


def _overview(topics: tuple[TopicFacts, ...]) -> Iterator[str]:
    yield _WRITTEN + "\n" + _OVERVIEW
    yield "| topic | key | kept | published by | read by |"
    yield "|---|---|---|---|---|"
    for facts in topics:
        readers = ", ".join(facts.readers) or "—"
        cells = (f"[`{facts.name}`]({_file(facts)})", f"`{facts.key}`", kept(facts), facts.publisher, readers)
        yield f"| {' | '.join(cells)} |"
    yield f"\n{topics[0].partitions} partitions each, by {topics[0].partitioner} of the key."


def kept(facts: TopicFacts) -> str:
    """How long a record is kept, in words."""
    milliseconds = int(facts.config["retention.ms"])
    span = timedelta(milliseconds=milliseconds)
    long = f"{span.days} days" if span >= timedelta(days=2) else f"{span // timedelta(hours=1)} h"
    if "compact" in facts.config["cleanup.policy"]:
        return "the last of each key" + (f", {long}" if milliseconds > 0 else "")
    return long if milliseconds > 0 else "for ever"


def _page(
    facts: TopicFacts, registry: Registry, payloads: Payloads, examples: Mapping[str, Example]
) -> Iterator[str]:
    kinds = [registry.of_class(cls) for cls in registry.topics[facts.name].events]
    yield f"{_WRITTEN}\n# {facts.name}\n\n{facts.purpose}\n"
    yield f"- **Key** `{facts.key}`, {facts.partitions} partitions by {facts.partitioner}"
    yield f"- **Kept** {kept(facts)}"
    yield f"- **Published by** {facts.publisher}, as `{facts.source}`"
    yield f"- **Read by** {', '.join(facts.readers) or 'no service'}\n"
    yield "| event | publish it once | carries | where | files |\n|---|---|---|---|---|"
    for kind in kinds:
        files = f"[schema]({_LIB}/schemas/{kind.type}.json), [record]({_LIB}/examples/{kind.type}.json)"
        state = payloads.name(kind)
        said = carried(kind.cls)
        yield f"| `{kind.type}` | {one_line(kind.cls)} | [{state}](#{state.lower()}) | {said} | {files} |"
    firsts = {payloads.name(kind): kind for kind in reversed(kinds)}
    for state, kind in reversed(firsts.items()):
        shown = [examples[kind.type] for kind in kinds if payloads.name(kind) == state]
        yield from _state(state, payloads.about(kind), payloads.schema(kind), shown)


def carried(cls: type[Event]) -> str:
    """What an event's type says of its state, in words: where `status` is `void`."""
    said = [f"`{path}` {_choices(allowed)}" for path, allowed in cls.carries.items()]
    return ", ".join([*said, *(f"`{path}` is there" for path in cls.needs)])


def _choices(allowed: Sequence[object]) -> str:
    if allowed == (None,):
        return "is absent"
    return "is " + " or ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in allowed)


def _state(name: str, about: str, schema: Json, examples: Sequence[Example]) -> Iterator[str]:
    example = examples[0]
    yield f"\n## {name}\n\n{about}\n"
    yield "| field | type | | meaning | example |\n|---|---|---|---|---|"
    for row in rows(schema):
        yield _row(row, [example.value for example in examples])
    whole = {"key": example.key, "headers": example.headers, "value": example.value}
    text = json.dumps(whole, ensure_ascii=False, indent=2)
    yield f"\n<details><summary>A whole record: {example.type}</summary>\n\n```json\n{text}\n```\n</details>"


def _row(row: Row, values: Sequence[Json]) -> str:
    optional = "optional" if row.optional else ""
    meaning = row.meaning.replace("|", "\\|")
    example = next(filter(None, (_example(row.path, value) for value in values)), "")
    return f"| `{row.path}` | {row.type} | {optional} | {meaning} | {example} |"


def _example(path: str, value: object) -> str:
    """What the example holds there; empty for a part that is told field by field, or is not in it."""
    for name in path.split("."):
        value = _first(_fields(value).get(name.removesuffix("[]")), name)
    if value in (None, []) or _fields(value) or _fields(_first(value, "[]")):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= _WIDEST else text[:_WIDEST] + '…'}`".replace("|", "\\|")


def _fields(value: object) -> Json:
    return cast("Json", value) if isinstance(value, dict) else {}


def _first(value: object, name: str) -> object:
    if not name.endswith("[]"):
        return value
    return next(iter(cast("list[object]", value)), None) if isinstance(value, list) else None
