"""Guests with a browser, and what stands around the portal."""
