"""Where Kafka is, and how it is spoken to: what both programs take from the environment."""

import os
from pathlib import Path

from servicehub_events.publisher import Security

BOOTSTRAP = os.environ.get("KAFKA_BOOTSTRAP", "localhost:9092")


def security() -> Security | None:
    """TLS and SCRAM-SHA-512 if KAFKA_USERNAME is set; nothing for the local stack."""
    if not (user := os.environ.get("KAFKA_USERNAME")):
        return None
    authority = os.environ.get("KAFKA_CA_FILE")
    return Security(
        ca_file=Path(authority) if authority else None,
        username=user,
        password=os.environ.get("KAFKA_PASSWORD", ""),
    )
