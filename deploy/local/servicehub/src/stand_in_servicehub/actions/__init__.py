"""Everything that can be done, by name: one table behind the page, the JSON API and the command."""

from stand_in_servicehub.actions.table import ACTIONS

__all__ = ["ACTIONS"]
