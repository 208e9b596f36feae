"""The demo data: a function of the day, so that it always looks alive and is always the same that day.

Both businesses use the same ids on purpose: whatever mixes tenants up shows it at once.
"""

from stand_in_servicehub.demo.businesses import DEMO, Demo

__all__ = ["DEMO", "Demo"]
