"""Kafka and branding, for real."""
