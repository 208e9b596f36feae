"""Sparkle Home: a cleaning firm in Brooklyn."""

from local_stack.simulator.demo.sparkle.appointments import appointments
from local_stack.simulator.demo.sparkle.business import PROFILE
from local_stack.simulator.demo.sparkle.customers import customers
from local_stack.simulator.demo.sparkle.invoices import invoices

__all__ = ["PROFILE", "appointments", "customers", "invoices"]
