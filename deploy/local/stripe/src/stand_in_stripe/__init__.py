"""A stand-in for Stripe: its API, its hosted pay page, its signed webhooks, and its bad days on demand.

No money moves. It starts on a development machine only.
"""
