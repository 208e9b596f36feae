"""Everything that can be done, by name: one table behind the page, the JSON API and the command."""

from local_stack.simulator.actions.table import ACTIONS

__all__ = ["ACTIONS"]
