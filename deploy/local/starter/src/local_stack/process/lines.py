"""Make a JSON log line readable in a terminal."""

import json
from typing import cast

HIDDEN = frozenset({"event", "level", "timestamp", "time", "service", "trace_id", "span_id", "logger"})


def readable(line: str) -> str:
    """Return `level event key=value ...` for a structured log line; any other line comes back as it is."""
    if not line.startswith("{"):
        return line
    try:
        parsed: object = json.loads(line)
    except ValueError:
        return line
    if not isinstance(parsed, dict) or "event" not in parsed:
        return line
    entry = cast("dict[str, object]", parsed)
    fields = " ".join(f"{key}={value}" for key, value in entry.items() if key not in HIDDEN)
    level = str(entry.get("level", "info"))
    return f"{level:<7} {entry['event']} {fields}".rstrip()
