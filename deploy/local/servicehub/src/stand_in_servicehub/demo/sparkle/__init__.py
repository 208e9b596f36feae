"""Sparkle Home: a cleaning firm in Brooklyn."""

from stand_in_servicehub.demo.sparkle.appointments import appointments
from stand_in_servicehub.demo.sparkle.business import PROFILE
from stand_in_servicehub.demo.sparkle.customers import customers
from stand_in_servicehub.demo.sparkle.invoices import invoices

__all__ = ["PROFILE", "appointments", "customers", "invoices"]
