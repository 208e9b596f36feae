"""The demo data: files that anybody can edit, and what turns them into events."""

from stand_in_servicehub.demo.load import Demo, load_all, load_start_page
from stand_in_servicehub.demo.rows import StartPage

__all__ = ["Demo", "StartPage", "load_all", "load_start_page"]
