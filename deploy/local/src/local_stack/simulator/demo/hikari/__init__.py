"""ひかり清掃: a cleaning firm in Tokyo."""

from local_stack.simulator.demo.hikari.appointments import appointments
from local_stack.simulator.demo.hikari.business import PROFILE
from local_stack.simulator.demo.hikari.customers import customers
from local_stack.simulator.demo.hikari.invoices import invoices

__all__ = ["PROFILE", "appointments", "customers", "invoices"]
