"""The service that is installed here, as its `service` module composes it: what a command does in its stead.

A package is found by the role of its database, `billing` by `billing_worker`. Each loop of its worker that
applies events says how: a `Consumer` does, and whatever stands for consumers.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, runtime_checkable

from chassis.commands.environment import fail
from chassis.context import ServiceContext
from chassis.events_in.reactions import Apply
from chassis.observability import logs
from chassis.process.service import ServiceDefinition
from chassis.settings import load


@runtime_checkable
class AppliesEvents(Protocol):
    """A loop that applies events of one or more consumer groups."""

    def apply_of(self, group: str) -> Apply | None:
        """What applies the events of a group; None for a group that is not its own."""
        ...


@asynccontextmanager
async def reactions(role: str) -> AsyncGenerator[Callable[[str], Apply]]:
    """What applies the events of a consumer group, with the settings of the service's worker."""
    async with service(role) as (definition, ctx):
        makers = definition.loops.values()
        loops = [loop for make in makers if isinstance(loop := make(ctx), AppliesEvents)]

        def apply_of(group: str) -> Apply:
            return next(filter(None, (loop.apply_of(group) for loop in loops)), None) or fail(
                f"No consumer of this build is named {group}: drop its letters, or use a build that has it."
            )

        yield apply_of


@asynccontextmanager
async def service(role: str) -> AsyncGenerator[tuple[ServiceDefinition[Any, Any], ServiceContext[Any]]]:
    """The service and its context, with the settings of its worker."""
    package = role.rpartition("_")[0]
    definition = find_definition(package) or fail(
        "The service of this database is not installed here: run this in the image of its worker."
    )
    settings = load(definition.settings)
    logs.configure(package, "warning")
    ctx: ServiceContext[Any] = definition.build(settings)
    try:
        yield definition, ctx
    finally:
        await ctx.close()


def find_definition(package: str) -> ServiceDefinition[Any, Any] | None:
    """The service called so, if it is installed here."""
    if not package or not find_spec(package) or not find_spec(f"{package}.service"):
        return None
    return import_module(f"{package}.service").SERVICE
