"""A process of a service: its command line, its loops, and how it ends."""

from chassis.process.loops import WorkLoop, cancel_all, run_to_completion
from chassis.process.service import (
    API,
    WORKER,
    Loop,
    Loops,
    Process,
    ServiceDefinition,
    main,
    tune_gc,
    web_app,
)

__all__ = [
    "API",
    "WORKER",
    "Loop",
    "Loops",
    "Process",
    "ServiceDefinition",
    "WorkLoop",
    "cancel_all",
    "main",
    "run_to_completion",
    "tune_gc",
    "web_app",
]
