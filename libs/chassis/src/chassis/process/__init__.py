"""A process of a service: its command line, its loops, and how it ends."""

from chassis.process.draining import ended, finished
from chassis.process.loops import WorkLoop
from chassis.process.service import Loop, Loops, ServiceDefinition, main, web_app

__all__ = ["Loop", "Loops", "ServiceDefinition", "WorkLoop", "ended", "finished", "main", "web_app"]
