"""The contract as an AsyncAPI 3.0.0 document: a channel for each topic, a message for each event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec
from servicehub_events.catalogue.base import Event
from servicehub_events.headers import Attributes
from servicehub_events.json_schema import Json
from servicehub_events.registry import Kind, Registry
from servicehub_events.topic import MAX_BYTES, Topic

from servicehub_events_tools.derive.payloads import Payloads, one_line
from servicehub_events_tools.derive.topic_facts import REPLICAS, TopicFacts, topic_facts
from servicehub_events_tools.examples import Example

KAFKA_BINDING: Final = "0.5.0"
_NOT_IN_BINDING: Final = ("min.compaction.lag.ms", "max.compaction.lag.ms", "segment.ms")
"""Settings that this version of the Kafka binding has no field for."""
_NAME: Final = r"(?!\.{1,2}(/|(?![\s\S])))[^/\u0000-\u001f\u007f]{1,64}"
_KEY: Final = rf"^{_NAME}/{_NAME}(?![\s\S])"
_ABOUT: Final = f"""\
What happens in the businesses that ServiceHub serves, and in their customer portals.

Every event carries the full state of its aggregate and a `ce_sequence` that rises with each of them: the
higher one wins, gaps are fine, repeats do no harm. CloudEvents 1.0 in binary mode; the value is JSON;
key, headers and value take at most {MAX_BYTES:,} bytes together. The record key is
`{{business_id}}/{{id}}`; its partition is murmur2 of the key, the default of Java's client, kafkajs,
aiokafka and franz-go (librdkafka: `partitioner=murmur2_random`). Readers ignore fields they don't know.
`x-money` marks money: an integer in the minor unit of the currency that the JSON pointer names
(from the root of the event, or, where it begins with a digit, from the number: a relative JSON pointer).

An optional field is sent, or left out. Every object and enumeration has a title, which is unique and an
identifier in any language: what a code generator calls it. The JSON Schemas beside this document say what
readers take, and what each field means also where this one holds a reference."""


def asyncapi(registry: Registry, examples: Mapping[str, Example]) -> Json:
    """The document. Raises KeyError naming the type of an event that has no example."""
    payloads = Payloads(registry)
    topics = [(registry.topics[facts.name], facts) for facts in topic_facts(registry)]
    return {
        "asyncapi": "3.0.0",
        "id": "urn:servicehub:portal:events",
        "info": {
            "title": "ServiceHub customer portal: events",
            "version": "1.0.0",
            "description": _ABOUT,
        },
        "defaultContentType": "application/json",
        "channels": {facts.name: _channel(topic, facts, registry) for topic, facts in topics},
        "operations": dict(pair for _, facts in topics for pair in _operations(facts)),
        "components": {
            "messages": {
                kind.type: _message(kind, payloads.name(kind), examples[kind.type])
                for kind in registry.kinds()
            },
            "schemas": payloads.schemas(),
            "messageTraits": {"cloudEvent": _trait()},
            "correlationIds": {
                "cause": {
                    "description": "`ce_id` of the event, or id of the command, that led to this one.",
                    "location": "$message.header#/ce_causationid",
                }
            },
        },
    }


def _channel(topic: Topic, facts: TopicFacts, registry: Registry) -> Json:
    types = [registry.of_class(cls).type for cls in topic.events]
    return {
        "address": facts.name,
        "title": facts.name,
        "description": f"{facts.purpose} Key: `{facts.key}`.",
        "messages": {_short(name): {"$ref": f"#/components/messages/{name}"} for name in types},
        "bindings": {"kafka": {**_topic_binding(facts), "bindingVersion": KAFKA_BINDING}},
        "x-key": facts.key,
        "x-partitioner": facts.partitioner,
        "x-publisher": facts.publisher,
        "x-readers": list(facts.readers),
    }


def _short(event_type: str) -> str:
    return event_type.split(".")[1]


def _topic_binding(facts: TopicFacts) -> Json:
    known = {name: int(text) for name, text in facts.config.items() if name != "cleanup.policy"}
    extra = {name: known.pop(name) for name in _NOT_IN_BINDING if name in known}
    return {
        "topic": facts.name,
        "partitions": facts.partitions,
        "replicas": REPLICAS,
        "topicConfiguration": {"cleanup.policy": facts.config["cleanup.policy"].split(","), **known},
        **({"x-topicConfiguration": extra} if extra else {}),
    }


def _operations(facts: TopicFacts) -> list[tuple[str, Json]]:
    channel = {"$ref": f"#/channels/{facts.name}"}
    sent: Json = {
        "action": "send",
        "title": f"{facts.publisher} publishes",
        "channel": channel,
        "bindings": {"kafka": {"clientId": {"const": facts.publisher}, "bindingVersion": KAFKA_BINDING}},
    }
    operations = [(f"{facts.publisher}.send.{facts.name}", sent)]
    for reader in facts.readers:
        received: Json = {"action": "receive", "title": f"{reader} reads", "channel": channel}
        operations.append((f"{reader}.receive.{facts.name}", received))
    return operations


def _message(kind: Kind[Event], payload: str, example: Example) -> Json:
    return {
        "name": kind.type,
        "title": kind.cls.__name__,
        "summary": one_line(kind.cls),
        "contentType": "application/json",
        "correlationId": {"$ref": "#/components/correlationIds/cause"},
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{payload}"},
        "examples": [{"name": kind.cls.__name__, "headers": example.headers, "payload": example.value}],
    }


def _trait() -> Json:
    _, parts = msgspec.json.schema_components([Attributes], ref_template="#/{name}")
    headers = cast("Json", dict(parts["Attributes"]))
    return {
        "headers": {
            **headers,
            "title": "CloudEventHeaders",
            "description": "CloudEvents attributes and trace context, each as UTF-8 text.",
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "pattern": _KEY, "description": "`{ce_businessid}/{ce_subject}`."},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }
