"""Log lines as they are shown: time, level, who, what. Ours and the gateway's are JSON, others are text."""

import re
from datetime import UTC, datetime

import msgspec

LEVELS = {"log": "info", "warn": "warning", ".": "debug", "-": "info", "*": "info", "#": "warning"}
"""Other words for our levels: PostgreSQL's, those of Kafka and the gateway, and Valkey's signs."""
NO_FIELDS = {"event", "msg", "level", "timestamp", "ts", "logger", "exception", "service", "trace_id"}
"""What is shown in a place of its own, or not at all."""
_TIME = r"\d{4}-\d\d-\d\d[T ](?P<time>\d\d:\d\d:\d\d[.,]\d{3})\S*"
_TEXT = (
    re.compile(rf"{_TIME}(?: UTC)?(?: \[\d+\])? (?P<level>[A-Z]+):? +(?P<text>.*)"),  # PostgreSQL, Kafka
    re.compile(rf"\d+:[A-Z] {_TIME} (?P<level>[.*#-]) (?P<text>.*)"),  # Valkey
    re.compile(r"(?P<time>)(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<text>.*)"),  # Python's own
)


class _Frame(msgspec.Struct):
    filename: str
    lineno: int
    name: str


class _Error(msgspec.Struct):
    exc_type: str
    exc_value: str
    frames: list[_Frame] = []


class _Entry(msgspec.Struct):
    """`event` is of structlog's and the standard library's loggers, `msg` and `ts` of Caddy's."""

    event: str = ""
    msg: str = ""
    level: str = "info"
    timestamp: str = ""
    ts: float = 0
    logger: str = ""
    exception: list[_Error] = []


def readable(line: str) -> str:
    """Return `time level name text` for a line whose shape is known; any other comes back as it is."""
    if line.startswith("{"):
        try:
            return _of_json(line)
        except (msgspec.MsgspecError, OverflowError):
            return line
    for shape in _TEXT:
        if match := shape.fullmatch(line):
            return _shown(match["time"], match["level"], match["text"])
    return line


def _of_json(line: str) -> str:
    entry = msgspec.json.decode(line, type=_Entry)
    if not (text := entry.event or entry.msg):
        return line
    # An event of ours is a dotted name; a library says a sentence, and who says it is worth knowing.
    who = f"{entry.logger}: " if entry.logger and " " in text else ""
    values = msgspec.json.decode(line, type=dict[str, object])
    fields = (f" {key}={value}" for key, value in values.items() if key not in NO_FIELDS)
    time = entry.timestamp or datetime.fromtimestamp(entry.ts, UTC).isoformat(timespec="milliseconds")
    trace = "".join(f"\n{_traced(error)}" for error in entry.exception)
    return _shown(time[11:], entry.level, f"{who}{text}{''.join(fields)}{trace}")


def _traced(error: _Error) -> str:
    frames = "".join(f"  {frame.filename}:{frame.lineno} in {frame.name}\n" for frame in error.frames)
    return f"{frames}{error.exc_type}: {error.exc_value}"


def _shown(time: str, level: str, text: str) -> str:
    level = level.lower()
    return f"{time[:12].replace(',', '.'):<12} {LEVELS.get(level, level):<7} {text}".rstrip()
