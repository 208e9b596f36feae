"""Structured logs: events with dotted names and fields, JSON outside a terminal, the trace id in each."""

import logging
import sys
from typing import Any

import structlog
from opentelemetry import trace
from structlog.dev import plain_traceback
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, WrappedLogger

_transform = ExceptionDictTransformer(show_locals=False)
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(service: str, level: str) -> None:
    """Send the logs of the process, those of its libraries included, to standard error in one shape."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_service(service),
        _with_trace,
    ]
    terminal = sys.stderr.isatty()
    renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if terminal else [structlog.processors.ExceptionRenderer(_frames)]),
                renderer,
            ],
        )
    )
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS.get(level.lower(), logging.INFO))
    for chatty in ("aiokafka", "httpx", "httpcore", "uvicorn", "faust", "mode", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _frames(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Where an error came from, never with what.

    Local variables hold codes and addresses, and so do the lines after the first of what PostgreSQL and
    pydantic say: the row, the value.
    """
    return [_first_line(stack) for stack in _transform(exc_info)]


def _first_line(stack: dict[str, Any]) -> dict[str, Any]:
    inner = [[_first_line(inner_stack) for inner_stack in trace] for trace in stack["exceptions"]]
    return {**stack, "exc_value": stack["exc_value"].partition("\n")[0], "exceptions": inner}


def _with_service(service: str) -> structlog.typing.Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _with_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
    return event
