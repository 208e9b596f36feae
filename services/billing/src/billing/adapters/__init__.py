"""Stripe, behind the ports."""
