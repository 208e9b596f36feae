"""Journeys in a real browser, through the whole running stack."""
