"""Everything that can be done. To add an action, write a function with `@Action` in one of these modules."""

from stand_in_servicehub.actions import customers, invoices, requests, visits
from stand_in_servicehub.actions.action import ACTIONS, Action, PortalSwitch, find_action

__all__ = ["ACTIONS", "Action", "PortalSwitch", "customers", "find_action", "invoices", "requests", "visits"]
