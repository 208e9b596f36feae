"""The demo data: files that anybody can edit, and what turns them into events."""

from stand_in_servicehub.demo.load import Demo, load_all
from stand_in_servicehub.demo.start_page import StartPage, load_start_page

__all__ = ["Demo", "StartPage", "load_all", "load_start_page"]
