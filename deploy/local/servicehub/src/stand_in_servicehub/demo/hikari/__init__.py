"""ひかり清掃: a cleaning firm in Tokyo."""

from stand_in_servicehub.demo.hikari.appointments import appointments
from stand_in_servicehub.demo.hikari.business import PROFILE
from stand_in_servicehub.demo.hikari.customers import customers
from stand_in_servicehub.demo.hikari.invoices import invoices

__all__ = ["PROFILE", "appointments", "customers", "invoices"]
