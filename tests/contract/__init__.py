"""Truths between services: what one says is what another reads, and one shape for all."""
